// Reports that were there before there were cases: the open ones of a message become one case.
#include "sql_file.h"

namespace kith {

TEST_CASE("open reports of one message become one case, and no others do") {
  OldFile old(10);
  SqliteConnection& db = old.db();
  REQUIRE(db.run_script(
      "INSERT INTO channels(id, kind, public_id) VALUES(1, 0, x'01'), (2, 0, x'02'), (3, 1, x'03');"
      "INSERT INTO users(id, display_name, created_at, updated_at) VALUES(1, 'a', 0, 0), "
      "(2, 'b', 0, 0);"
      "INSERT INTO chat_chats(id, type, created_at) VALUES(3, 1, 0);"
      "INSERT INTO chat_messages(position, chat_id, seq, sender_id, sent_at, id, "
      "client_message_id, first_digest) VALUES(10, 3, 1, 1, 0, x'0a', 'a', x'00'), "
      "(11, 3, 2, 1, 0, x'0b', 'b', x'00');"
      "INSERT INTO moderation_cases(id, public_id, chat_id, message_id, reporter_id, reason, "
      "status, created_at) VALUES(1, x'11', 3, 10, 1, 'x', 'open', 5), "
      "(2, x'12', 3, 10, 2, 'y', 'open', 6), (3, x'13', 3, 11, 2, 'z', 'closed', 7);"));
  REQUIRE(migrate(db).ok());
  CHECK(count_of(db, "SELECT COUNT(*) FROM moderation_cases") == 1);
  CHECK(count_of(db, "SELECT reports FROM moderation_cases") == 2);
  CHECK(count_of(db, "SELECT created_at FROM moderation_cases") == 5);
  CHECK(count_of(db, "SELECT message_id FROM moderation_cases") == 10);
  CHECK(count_of(db, "SELECT COUNT(*) FROM message_reports WHERE case_id IS NOT NULL") == 2);
  CHECK(count_of(db, "SELECT COUNT(*) FROM message_reports") == 3);
}

}  // namespace kith
