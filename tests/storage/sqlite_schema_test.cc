// SQLite 3.40.1's quick_check takes a NOT NULL column that stands in front of a key's for NULL, in
// a table WITHOUT ROWID: with one row in it the store would pass for corrupt at its next start.
#include "sql_file.h"

namespace kith {

TEST_CASE("every table without a rowid begins with its key, in its order") {
  SqlFile file;
  auto db = file.connect();
  int columns = 0;
  auto rows = db->query(
      "SELECT t.name, c.cid, c.pk FROM sqlite_master t JOIN pragma_table_info(t.name) c"
      " WHERE t.type = 'table' AND t.sql LIKE '%WITHOUT ROWID%' AND c.pk > 0");
  while (rows.next()) {
    INFO(std::string(rows.text(0)));
    CHECK(rows.integer(1) + 1 == rows.integer(2));
    ++columns;
  }
  REQUIRE_FALSE(db->failure().has_value());
  CHECK(columns > 10);
}

}  // namespace kith
