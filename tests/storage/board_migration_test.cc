// Boards that were there before there were blocks are counted anew.
#include "sql_file.h"
#include "storage/sql_board_chunks.h"

namespace kith {

TEST_CASE("entries of boards that were there before blocks are counted in them") {
  OldFile old(13);
  SqliteConnection& db = old.db();
  // Run 1 with 12,345 to be seen, each score three times, and one who hides; run 2 with nobody.
  REQUIRE(db.run_script(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12346)"
      " INSERT INTO channels(id, kind, public_id) SELECT i, 0, randomblob(16) FROM n;"
      "INSERT INTO users(id, display_name, created_at, updated_at)"
      " SELECT id, '', 0, 0 FROM channels;"
      "INSERT INTO channels(id, kind, public_id) VALUES(20001, 5, x'01'), (20002, 5, x'02');"
      "INSERT INTO board_runs(id, board_id) VALUES(1, 20001), (2, 20002);"
      "INSERT INTO board_entries(user_id, run_id, lag, reached, hidden)"
      " SELECT id, 1, -(id / 3), id, id = 12346 FROM users;"
      "INSERT INTO board_chunks(run_id, low_lag, low_reached, members)"
      " VALUES(1, -9223372036854775808, 0, 12345), (2, -9223372036854775808, 0, 0);"));
  REQUIRE(migrate(db).ok());
  CHECK(count_of(db, "SELECT COUNT(*) FROM board_blocks WHERE run_id = 1") == 2);
  CHECK(count_of(db, "SELECT COUNT(*) FROM board_chunks WHERE run_id = 1") == 124);
  CHECK(entries_in(db, 1) == 12'345);
  CHECK(entries_in(db, 2) == 0);
  for (std::int64_t user = 1; user < 12'346; user += 111) {
    auto row = db.query(
        "SELECT COUNT(*) FROM board_entries WHERE hidden = 0 AND (lag, reached) < ($1, $2)",
        -(user / 3), user);
    REQUIRE(row.next());
    const auto ahead = static_cast<std::uint64_t>(row.integer(0));
    CHECK(entries_ahead(db, 1, {.lag = -(user / 3), .reached = user}) == ahead);
  }
  count_entry(db, 2, {.lag = -1, .reached = 1}, 1);
  CHECK(entries_in(db, 2) == 1);
}

}  // namespace kith
