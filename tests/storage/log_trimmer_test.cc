// What is forgotten of the log, and what a reader is told about it.
#include <doctest/doctest.h>

#include "sql_file.h"
#include "storage/log_trimmer.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

std::int64_t trim_all(SqliteConnection& connection, LogTrimmer& trimmer, WallTime now) {
  std::int64_t rows = 0;
  for (std::int64_t last = 1; last > 0; rows += last) last = trimmer.trim(connection, now);
  REQUIRE_FALSE(connection.failure().has_value());
  return rows;
}

}  // namespace

TEST_CASE("old events far behind the head go; a replay starts behind the hole they leave") {
  SqlFile file;
  const UserRecord ada = file.store().add_user("Ada");
  const ChatId chat = file.store().add_group({ada});
  const Appended first = file.store().say(ada, chat, "first");
  REQUIRE(file.store()
              ->react(file.store().actor(ada),
                      {.chat = chat, .message = first.message, .emoji = "+", .add = true})
              .ok());
  const Seq reacted = file.store()->attach(chat, ada.key)->head;
  for (int i = 0; i < 20; ++i) file.store().say(ada, chat, "more");
  REQUIRE(file.store()
              ->react(file.store().actor(ada),
                      {.chat = chat, .message = first.message, .emoji = "-", .add = true})
              .ok());
  const Seq head = file.store()->attach(chat, ada.key)->head;
  const WallTime now = file.store().now();
  file.store().storage().close();

  auto connection = file.connect(SqliteConnection::Mode::write);
  LogTrimmer young({.keep = 1h, .keep_events = 10});
  CHECK(trim_all(*connection, young, now) == 0);
  LogTrimmer trimmer({.keep = 1h, .keep_events = 10});
  CHECK(trim_all(*connection, trimmer, now + 2h) >= 1);
  connection.reset();

  file.store().reopen();
  const auto whole = file.store()->read({.channel = chat, .reader = ada.key, .after = 0});
  REQUIRE(whole.ok());
  CHECK(whole->head == head);
  CHECK(whole->trimmed_to == reacted);
  REQUIRE_FALSE(whole->events.empty());
  CHECK(whole->events.front().seq == reacted + 1);
  CHECK(whole->events.back().seq == head);
  CHECK(whole->events.back().emoji == "-");  // old, but near the head
  const auto later = file.store()->read({.channel = chat, .reader = ada.key, .after = reacted});
  REQUIRE(later.ok());
  CHECK(later->trimmed_to == 0);
  CHECK(later->events.size() == head - reacted);
  // Messages are history: they stay.
  const auto history = file.store()->history(file.store().actor(ada), {.chat = chat, .limit = 200});
  CHECK(history->messages.size() == 21);
}

TEST_CASE("keys and tokens go when their time is over, sessions long after") {
  SqlFile file;
  const UserRecord ada = file.store().add_user("Ada");
  file.store().storage().close();
  auto connection = file.connect(SqliteConnection::Mode::write);
  connection->execute(
      "INSERT INTO idempotency_keys(user_id, path, key, request_digest, result, created_at)"
      " VALUES($1, '/chats', 'old', x'00', '', 0), ($1, '/chats', 'new', x'00', '', $2)",
      ada.key, WallTime{24h * 100});
  connection->execute(
      "INSERT INTO sessions(id, public_id, user_id, created_at, last_used_at, revoked_at)"
      " VALUES(1, x'01', $1, 0, 0, NULL), (2, x'02', $1, 0, 0, $2), (3, x'03', $1, 0, $2, NULL)",
      ada.key, WallTime{24h * 90});
  connection->execute(
      "INSERT INTO refresh_tokens(hash, session_id, issued_at, expires_at)"
      " VALUES(x'01', 1, 0, 1), (x'03', 3, 0, $1)",
      WallTime{24h * 200});
  LogTrimmer trimmer({.keep = 1h, .keep_events = 10});
  CHECK(trim_all(*connection, trimmer, WallTime{24h * 100}) == 3);
  CHECK(count_of(*connection, "SELECT count(*) FROM idempotency_keys WHERE key = 'new'") == 1);
  CHECK(count_of(*connection, "SELECT count(*) FROM refresh_tokens") == 1);
  CHECK(count_of(*connection, "SELECT sum(id) FROM sessions") == 2 + 3);
}

}  // namespace kith
