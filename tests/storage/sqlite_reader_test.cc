// What a reader's connection may not do, whatever a query of ours should one day say: write, take
// the checkpoint that is the writer's, or map the file, where a torn disk is a SIGBUS.
#include "sql_file.h"

namespace kith {

TEST_CASE("a reader of SQLite's writes nothing, checkpoints nothing and maps nothing") {
  using Mode = SqliteConnection::Mode;
  SqlFile file;
  file.store().add_user("Ada");
  for (const Mode mode : {Mode::read, Mode::look}) {
    CAPTURE(static_cast<int>(mode));
    const auto db = file.connect(mode);
    CHECK(count_of(*db, "PRAGMA query_only") == 1);
    CHECK(count_of(*db, "PRAGMA wal_autocheckpoint") == 0);
    CHECK(count_of(*db, "PRAGMA mmap_size") == 0);
    const std::int64_t users = count_of(*db, "SELECT count(*) FROM users");
    CHECK(users > 0);
    for (const char* write :
         {"DELETE FROM users", "UPDATE users SET role = 3", "CREATE TABLE more(id INTEGER)",
          "INSERT INTO club_words(name) VALUES ('x')", "DROP TABLE user_blocks"}) {
      CAPTURE(write);
      CHECK_FALSE(db->run_script(write));
      CHECK(db->failure_code() == SQLITE_READONLY);
      db->clear_failure();
    }
    CHECK(db->total_changes() == 0);
    CHECK(count_of(*db, "SELECT count(*) FROM users") == users);
    REQUIRE_FALSE(db->failure().has_value());
  }
  // And the store's own writer goes on beside them.
  file.store().add_user("Bob");
}

}  // namespace kith
