// No operation on chats or accounts reads a whole table, however many rows others have in it.
//
// Every statement that the operations have prepared on a connection is asked for its plan. The
// connections are found by SQLite's own hook for whatever is opened (sqlite3_auto_extension).
#include <sqlite3.h>

#include "sql_file.h"
#include "storage/sql_accounts.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_chat_list.h"
#include "storage/sql_chat_messages.h"
#include "storage/sql_history.h"
#include "storage/sql_logins.h"
#include "storage/sql_membership.h"
#include "storage/sql_moderation.h"
#include "storage/sql_ports.h"

namespace kith {
namespace {

sqlite3* newest_database = nullptr;

int remember(sqlite3* database, char**, const struct sqlite3_api_routines*) {
  newest_database = database;
  return SQLITE_OK;
}

std::vector<std::string> prepared_statements(sqlite3* database) {
  std::vector<std::string> out;
  for (sqlite3_stmt* at = sqlite3_next_stmt(database, nullptr); at != nullptr;
       at = sqlite3_next_stmt(database, at)) {
    out.emplace_back(sqlite3_sql(at));
  }
  return out;
}

std::vector<std::string> plan_of(sqlite3* database, const std::string& sql) {
  std::vector<std::string> out;
  sqlite3_stmt* plan = nullptr;
  const std::string explain = "EXPLAIN QUERY PLAN " + sql;
  REQUIRE(sqlite3_prepare_v2(database, explain.c_str(), -1, &plan, nullptr) == SQLITE_OK);
  while (sqlite3_step(plan) == SQLITE_ROW) {
    out.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(plan, 3)));
  }
  sqlite3_finalize(plan);
  return out;
}

// "SCAN x" goes through all rows of x, unless x is a subquery, or an index is followed to its end.
bool reads_a_whole_table(const std::string& step) {
  const bool bounded = step.starts_with("SCAN newest") || step.starts_with("SCAN (subquery") ||
                       step.starts_with("SCAN CONSTANT ROW");
  return step.starts_with("SCAN ") && !bounded;
}

void check_plans(sqlite3* database) {
  const auto statements = prepared_statements(database);
  CHECK(statements.size() > 10);
  for (const auto& sql : statements) {
    if (sql.find("ORDER BY id DESC LIMIT 1") != std::string::npos) continue;  // the last row
    if (sql.find("max(position)") != std::string::npos) continue;             // likewise
    for (const auto& step : plan_of(database, sql)) {
      INFO(sql, "\n", step);
      CHECK_FALSE(reads_a_whole_table(step));
    }
  }
}

struct UsedFile {
  SqlFile file;
  UserRecord owner;
  UserRecord member;
  UserRecord stranger;
  ChatId chat;
  MessageId message;
  MessageId own_message;

  UsedFile() {
    auto& store = file.store();
    owner = store.add_user("Olga");
    member = store.add_user("Max");
    stranger = store.add_user("Sam");
    chat = store.add_group({owner, member});
    Append append = store.message(member, chat, "text");
    message = append.message;
    REQUIRE(store->append(std::move(append)).ok());
    append = store.message(owner, chat, "text");
    own_message = append.message;
    REQUIRE(store->append(std::move(append)).ok());
  }
};

}  // namespace

TEST_CASE("no read goes through a whole table") {
  UsedFile used;
  auto& store = used.file.store();
  sqlite3_auto_extension(reinterpret_cast<void (*)()>(remember));
  auto db = used.file.connect();
  sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(remember));
  const Actor actor = store.actor(used.owner);

  REQUIRE(read_chat(*db, actor.key, used.chat).ok());
  REQUIRE(list_chats(*db, actor, std::nullopt, 1).ok());
  CHECK_FALSE(list_chats(*db, actor, "forged", 1).ok());
  CHECK(list_followable(*db, actor.key, 9).size() == 1);
  HistoryRequest request;
  request.chat = used.chat;
  request.with_read_by = true;
  REQUIRE(read_history(*db, actor, request).ok());
  request.with_read_by = false;
  request.before_time = actor.now;
  REQUIRE(read_history(*db, actor, request).ok());
  request.before_time.reset();
  request.after_seq = 1;
  REQUIRE(read_history(*db, actor, request).ok());
  REQUIRE(read_access(*db, actor.key, used.chat).ok());
  REQUIRE(authenticate(*db, used.owner.id, store.new_session_id()).ok());
  REQUIRE(find_credentials(*db, used.owner.email).ok());
  REQUIRE(read_user(*db, used.owner.id).ok());
  check_plans(newest_database);
}

TEST_CASE("no change goes through a whole table") {
  UsedFile used;
  auto& store = used.file.store();
  const Actor owner = store.actor(used.owner);
  const Actor member = store.actor(used.member);
  const NewSession login{.id = store.new_session_id(),
                         .user = used.owner.key,
                         .refresh_hash = TokenHash{1},
                         .now = owner.now,
                         .refresh_expires = owner.now + std::chrono::hours{1},
                         .client_address = {},
                         .user_agent = {}};
  const ReportId report = store.new_report_id();
  const ChatId new_chats[] = {store.new_chat_id(), store.new_chat_id()};
  NewUser newcomer;
  newcomer.id = store.new_user_id();
  newcomer.email = "new@example.com";
  used.file.close();
  sqlite3_auto_extension(reinterpret_cast<void (*)()>(remember));
  auto db = used.file.connect(SqliteConnection::Mode::write);
  sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(remember));
  REQUIRE(db->run_script("BEGIN IMMEDIATE"));
  WriteContext context(*db);
  using Action = command::ModerationAction;

  REQUIRE(edit_message(context, member,
                       {.chat = used.chat, .message = used.message, .content = text_content("x")})
              .ok());
  for (const bool add : {true, false}) {
    REQUIRE(react(context, member,
                  {.chat = used.chat, .message = used.message, .emoji = "x", .add = add})
                .ok());
  }
  REQUIRE(mark_read(context, owner, used.chat, used.message).ok());
  REQUIRE(mark_delivered(context, {{.chat = used.chat, .user = member.key, .seq = 3}}).ok());
  REQUIRE(
      report_message(context, owner,
                     {.chat = used.chat, .message = used.message, .id = report, .reason = "rude"})
          .ok());
  REQUIRE(remove_message(context, owner, {.chat = used.chat, .message = used.message, .reason = {}})
              .ok());
  REQUIRE(add_participant(context, owner, {.chat = used.chat, .user = used.stranger.id}).ok());
  for (const Action action : {Action::hide, Action::restore}) {
    REQUIRE(moderate(context, owner,
                     {.chat = used.chat, .action = action, .message = used.own_message, .user = {}})
                .ok());
  }
  for (const Action action : {Action::mute, Action::unmute, Action::ban, Action::unban}) {
    REQUIRE(moderate(context, owner,
                     {.chat = used.chat, .action = action, .message = {}, .user = used.member.id})
                .ok());
  }
  CHECK(outcome(remove_participant(context, owner, used.chat, owner.user)) == "conflict");
  REQUIRE(remove_participant(context, owner, used.chat, used.stranger.id).ok());
  for (const ChatId& chat : new_chats) {
    CreateChat create;
    create.type = ChatType::direct;
    create.id = chat;
    create.participants = {used.member.id};
    create.idempotency = Idempotency{.path = "/chats", .key = chat.text(), .request_digest = "d"};
    REQUIRE(create_chat(context, owner, create).ok());
  }
  REQUIRE(create_user(context, newcomer).ok());
  REQUIRE(create_session(context, login).ok());
  REQUIRE(rotate_refresh(context, {.used = TokenHash{1},
                                   .next = TokenHash{2},
                                   .now = login.now,
                                   .next_expires = login.refresh_expires})
              .ok());
  REQUIRE(revoke_session(context, used.owner.key, login.id, login.now).ok());
  REQUIRE_FALSE(db->failure().has_value());
  check_plans(newest_database);
  REQUIRE(db->run_script("ROLLBACK"));
}

}  // namespace kith
