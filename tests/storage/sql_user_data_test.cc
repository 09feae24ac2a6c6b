// Whatever the schema keeps about a user is exported and erased, or it says why not: the list of
// storage/sql_user_data.h is held against the schema itself, and against what an erasure leaves.
#include "storage/sql_user_data.h"

#include <algorithm>
#include <set>

#include "engine/ports/moderation.h"
#include "storage/sql_erasure.h"
#include "storage/sql_export.h"
#include "tests/storage/erasure_town.h"
#include "tests/storage/sql_file.h"

namespace kith {
namespace {

using Column = std::pair<std::string, std::string>;

constexpr std::array<std::string_view, 11> kSteps = {"request", "clubs",      "events", "rsvps",
                                                     "posts",   "broadcasts", "chats",  "reactions",
                                                     "rows",    "boards",     "audit"};

bool is_reason(std::string_view text) {
  return text.size() > 2 && text.starts_with('(') && text.ends_with(')');
}

// What refers to users, and what is named as though it did.
std::set<Column> user_columns(SqlConnection& db) {
  std::set<Column> out;
  auto rows = db.query(
      "SELECT DISTINCT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c "
      "LEFT JOIN pragma_foreign_key_list(t.name) f ON f.\"from\" = c.name "
      "WHERE t.type = 'table' AND (f.\"table\" = 'users' OR c.name IN "
      "('user_id', 'by_id', 'owner_id', 'author_id', 'sender_id', 'creator_id', 'created_by'))");
  while (rows.next()) out.emplace(rows.text(0), rows.text(1));
  out.emplace("users", "id");
  REQUIRE_FALSE(db.failure().has_value());
  return out;
}

std::set<Column> listed_columns() {
  std::set<Column> out;
  for (const UserColumn& column : kUserColumns) out.emplace(column.table, column.column);
  return out;
}

// Rows of the user's, in a column whose name comes from the list above.
std::int64_t rows_of(SqlFile& file, const UserColumn& column, UserKey user) {
  auto db = file.connect();
  const std::string sql = "SELECT COUNT(*) FROM " + std::string(column.table) + " WHERE " +
                          std::string(column.column) + " = $1";
  auto row = db->query(sql.c_str(), user);
  REQUIRE(row.next());
  return row.integer(0);
}

// A row in every table that the town's doings leave empty, so that each has something to lose.
void fill(SqlConnection& db, UserKey ada, UserKey bob) {
  const auto run = [&](const char* sql) {
    db.execute(sql, ada, bob);
    REQUIRE_MESSAGE(!db.failure().has_value(), sql << ": " << db.failure()->text);
  };
  run("INSERT INTO account_tokens(hash, user_id, kind, created_at, expires_at) "
      "SELECT x'01', $1, 3, 0, 0 WHERE $2 > 0");
  run("INSERT INTO sessions(public_id, user_id, created_at, last_used_at, client_address) "
      "SELECT x'02', $1, 0, 0, 'canary address' WHERE $2 > 0");
  run("INSERT INTO user_blocks(blocker_id, blocked_id, created_at) VALUES($1, $2, 0)");
  run("INSERT INTO user_blocks(blocked_id, blocker_id, created_at) VALUES($1, $2, 0)");
  run("INSERT INTO channel_reads(user_id, channel_id, last_read_seq, last_read_at) "
      "VALUES($1, $2, 1, 0)");
  run("INSERT INTO calendars(user_id, secret_hash, created_at) SELECT $1, x'03', 0 WHERE $2 > 0");
  run("INSERT INTO notification_marks(user_id, read_at, read_id) "
      "SELECT $1, 0, x'04' WHERE $2 > 0");
  run("INSERT INTO notification_settings(user_id, digest_every, digest_minute, digest_weekday, "
      "web_hook, email, time_zone) SELECT $1, 0, 0, 0, 0, 0, 'Mars/Canary' WHERE $2 > 0");
  run("INSERT INTO notification_choices(user_id, type, in_app) "
      "SELECT $1, 'canary.type', 1 WHERE $2 > 0");
  run("INSERT INTO outbox(user_id, created_at, due_at, channel, kind, public_id) "
      "SELECT $1, 0, 0, 1, 1, x'05' WHERE $2 > 0");
  run("INSERT INTO activities(user_id, origin, idempotency_key, occurred_at, recorded_at, value, "
      "id, kind, category) SELECT $1, 0, 'canary key', 0, 0, 1, x'06', 'train', '' WHERE $2 > 0");
  run("INSERT INTO activity_days(user_id, kind, day, times, total, first_at) "
      "SELECT $1, 'train', 1, 1, 1, 0 WHERE $2 > 0");
  run("INSERT INTO activity_totals(user_id, kind, times, total) "
      "SELECT $1, 'train', 1, 1 WHERE $2 > 0");
  run("INSERT INTO streaks(user_id, streak_type, current_count, longest_count, run_count, freezes,"
      " last_period, last_incremented_at, at_risk) SELECT $1, 'train', 1, 1, 1, 0, 0, 0, 0 "
      "WHERE $2 > 0");
  run("INSERT INTO user_scores(user_id, category, score, updated_at) "
      "SELECT $1, 'skills', 5, 0 WHERE $2 > 0");
  run("INSERT INTO score_days(user_id, category, day, delta) "
      "SELECT $1, 'skills', 1, 5 WHERE $2 > 0");
  run("INSERT INTO user_badges(user_id, badge_code, earned_at) "
      "SELECT $1, 'first', 0 WHERE $2 > 0");
  run("INSERT INTO user_zones(user_id, from_at, after_day, changed_at, zone) "
      "SELECT $1, 0, 0, 0, 'Mars/Canary' WHERE $2 > 0");
  run("INSERT INTO board_entries(user_id, run_id, lag, reached) SELECT $1, 1, -5, 1 WHERE $2 > 0");
  run("UPDATE moderation_cases SET assignee_id = $1 WHERE $2 > 0");
  run("INSERT INTO service_accounts(public_id, name, scopes, token_hash, created_at, created_by) "
      "SELECT x'08', 'billing', 1, x'09', 0, $1 WHERE $2 > 0");
  run("INSERT INTO user_interests(user_id, interest) SELECT $1, 'canary' WHERE $2 > 0");
  run("INSERT INTO board_hides(user_id) SELECT $1 WHERE $2 > 0");
  run("INSERT INTO idempotency_keys(user_id, path, key, request_digest, result, created_at) "
      "SELECT $1, '/', 'canary key', x'07', '', 0 WHERE $2 > 0");
}

// What others write about somebody: a case with a note, and moderation with its reasons.
void keep_order(ErasureTown& town, const ChatId& chat, const MessageId& message) {
  StoreFixture& store = town.store;
  Moderation& moderation = *store->store().moderation();
  REQUIRE(store.storage().grant(town.cam.id, SystemRole::moderator, store.now()).ok());
  REQUIRE(store->report(store.actor(town.bob), chat, message, store.new_report_id()).ok());
  const auto open = store->await<CaseList>(
      [&](auto done) { moderation.list(store.actor(town.cam), {}, std::move(done)); });
  REQUIRE(open.ok());
  ResolveCase wanted;
  wanted.resolution = CaseResolution::dismissed;
  wanted.note = "canary note";
  for (const CaseRecord& record : open->cases) {
    if (record.message == message) wanted.id = record.id;
  }
  const auto resolved = store->await<ChangedCase>(
      [&](auto done) { moderation.resolve(store.actor(town.cam), wanted, std::move(done)); });
  REQUIRE(resolved.ok());
  Moderate request{.chat = chat,
                   .action = command::ModerationAction::mute,
                   .message = {},
                   .user = town.ada.id,
                   .reason = "canary mute",
                   .until = {}};
  REQUIRE(store->moderate(store.actor(town.bob), request).ok());
  request.action = command::ModerationAction::hide;
  request.message = message;
  request.user = std::nullopt;
  request.reason = "canary hide";
  REQUIRE(store->moderate(store.actor(town.bob), request).ok());
}

// Somebody who has done a little of everything.
void live(ErasureTown& town) {
  StoreFixture& store = town.store;
  const ChatId chat = store.add_group({town.bob, town.ada});
  const MessageId own = store.say(town.ada, chat, "canary words").message;
  const MessageId theirs = store.say(town.bob, chat, "bobs words").message;
  REQUIRE(store
              ->react(store.actor(town.ada),
                      {.chat = chat, .message = theirs, .emoji = "👍", .add = true})
              .ok());
  const auto reported = store->await<ReportId>([&](auto done) {
    store->chats().report(store.actor(town.ada), chat, theirs, store.new_report_id(),
                          "canary reason", std::move(done));
  });
  REQUIRE(reported.ok());
  keep_order(town, chat, own);
  const TestClub club = add_club(store, town.ada);
  REQUIRE(town.post(town.ada, club, "canary post").ok());
  REQUIRE(town.tell(town.ada, club, "canary broadcast").ok());
  EventFields wanted = town.fields();
  wanted.title = "canary event";
  const auto made = town.create(town.ada, {.fields = wanted});
  REQUIRE(made.ok());
  REQUIRE(town.go(town.ada, town.publish(5)).ok());
}

TEST_CASE("every column that names a user is in the list, with what becomes of it") {
  SqlFile file;
  auto db = file.connect();
  std::set<Column> schema = user_columns(*db);
  std::set<Column> listed = listed_columns();
  REQUIRE(listed.size() == kUserColumns.size());  // none twice
  for (const auto& [table, column] : schema) {
    CHECK_MESSAGE(listed.contains({table, column}),
                  table << '.' << column << ": neither exported nor excluded with a reason, "
                        << "neither erased nor kept with one (storage/sql_user_data.h)");
  }
  for (const auto& [table, column] : listed) {
    CHECK_MESSAGE(schema.contains({table, column}), table << '.' << column << " is no more");
  }
  for (const UserColumn& column : kUserColumns) {
    INFO(column.table, '.', column.column);
    CHECK((is_reason(column.exported) || exports(column.exported)));
    CHECK((is_reason(column.erased) || column.erased == "log" ||
           std::ranges::find(kSteps, column.erased) != kSteps.end()));
  }
}

TEST_CASE(
    "an erasure leaves no row that names the user but those that the list says, and no word") {
  SqlFile file(SqlFile::Opens::others);
  std::optional<ErasureTown> town(file.url());
  const UserKey ada = town->ada.key;
  live(*town);
  {
    auto db = file.connect(SqliteConnection::Mode::write);
    db->begin_write();
    fill(*db, ada, town->bob.key);
    db->commit();
    REQUIRE_FALSE(db->failure().has_value());
  }
  for (const UserColumn& column : kUserColumns) {
    if (column.table == "user_erasures") continue;
    INFO(column.table, '.', column.column);
    CHECK(rows_of(file, column, ada) > 0);  // or the end of this test says nothing
  }
  REQUIRE(file.holds("canary"));
  town->forget(town->ada);
  town.reset();
  for (const UserColumn& column : kUserColumns) {
    INFO(column.table, '.', column.column);
    CHECK((rows_of(file, column, ada) > 0) == !column.stays.empty());
  }
  auto db = file.connect(SqliteConnection::Mode::write);
  db->checkpoint(SqliteConnection::Checkpoint::truncate);
  db.reset();
  CHECK_FALSE(file.holds("canary"));
  CHECK_FALSE(file.holds("ada@example.org"));
  CHECK(file.holds("bobs words"));
}

}  // namespace
}  // namespace kith
