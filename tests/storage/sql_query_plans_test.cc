// No operation on chats or accounts reads a whole table, however many rows others have in it.
//
// Every statement that the operations have prepared on a connection is asked for its plan. The
// connections are found by SQLite's own hook for whatever is opened (sqlite3_auto_extension).
#include "club_store.h"
#include "query_plans.h"
#include "storage/sql_accounts.h"
#include "storage/sql_board_past.h"
#include "storage/sql_board_reads.h"
#include "storage/sql_board_runs.h"
#include "storage/sql_boards.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_chat_list.h"
#include "storage/sql_chat_messages.h"
#include "storage/sql_history.h"
#include "storage/sql_home_feed.h"
#include "storage/sql_logins.h"
#include "storage/sql_membership.h"
#include "storage/sql_moderation.h"
#include "storage/sql_ports.h"

namespace kith {

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

TEST_CASE("no read of a feed goes through a whole table") {
  UsedFile used;
  auto& store = used.file.store();
  const TestClub club = add_club(store, used.owner);
  const Actor actor = store.actor(used.owner);
  CreatePost post{.club = club.id, .id = PostId{store.new_chat_id().uuid}};
  for (const char* content : {"one", "two"}) {
    post.content = content;
    post.id.uuid = store.new_chat_id().uuid;
    REQUIRE(store
                ->await<CreatedPost>([&](Callback<CreatedPost> done) {
                  clubs_of(store).post(actor, post, std::move(done));
                })
                .ok());
  }
  sqlite3_auto_extension(reinterpret_cast<void (*)()>(remember));
  auto db = used.file.connect();
  sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(remember));
  const auto page = read_home_feed(*db, actor, {.cursor = {}, .limit = 1});
  REQUIRE(page.ok());
  REQUIRE(page->next_cursor.has_value());
  REQUIRE(read_home_feed(*db, actor, {.cursor = page->next_cursor, .limit = 1}).ok());
  check_plans(newest_database);
}

TEST_CASE("no change of messages goes through a whole table") {
  UsedFile used;
  const Actor owner = used.file.store().actor(used.owner);
  const Actor member = used.file.store().actor(used.member);
  const ReportId report = used.file.store().new_report_id();
  Writer writer(used.file);
  auto& context = *writer.context;

  const EditMessage edit{.chat = used.chat, .message = used.message, .content = text_content("x")};
  REQUIRE(edit_message(context, member, edit).ok());
  for (const bool add : {true, false}) {
    REQUIRE(react(context, member,
                  {.chat = used.chat, .message = used.message, .emoji = "x", .add = add})
                .ok());
  }
  REQUIRE(mark_read(context, owner, used.chat, used.message).ok());
  REQUIRE(mark_delivered(context, {{.chat = used.chat, .user = member.key, .seq = 3}}).ok());
  const MessageReport rude{
      .chat = used.chat, .message = used.message, .id = report, .reason = "rude"};
  REQUIRE(report_message(context, owner, rude).ok());
  for (int time = 0; time < 2; ++time) {  // the second asks who was first
    REQUIRE(
        remove_message(context, owner, {.chat = used.chat, .message = used.message, .reason = {}})
            .ok());
  }
  writer.finish();
}

TEST_CASE("no change of membership goes through a whole table") {
  UsedFile used;
  auto& store = used.file.store();
  const Actor owner = store.actor(used.owner);
  const ChatId new_chats[] = {store.new_chat_id(), store.new_chat_id()};
  Writer writer(used.file);
  auto& context = *writer.context;
  using Action = command::ModerationAction;

  REQUIRE(add_participant(context, owner, {.chat = used.chat, .user = used.stranger.id}).ok());
  for (const Action action : {Action::hide, Action::restore}) {
    Moderate about{.chat = used.chat, .action = action};
    about.message = used.own_message;
    REQUIRE(moderate(context, owner, about).ok());
  }
  for (const Action action : {Action::mute, Action::unmute, Action::ban, Action::unban}) {
    Moderate against{.chat = used.chat, .action = action};
    against.user = used.member.id;
    REQUIRE(moderate(context, owner, against).ok());
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
  writer.finish();
}

TEST_CASE("no move of leaderboards goes through a whole table") {
  UsedFile used;
  Actor reader = used.file.store().actor(used.owner);
  Writer writer(used.file);
  WriteContext& context = *writer.context;
  const UserRef user{.key = used.member.key, .id = used.member.id};
  for (const char* city : {"Berlin", "Paris"}) {
    move_boards(context, {.user = user,
                          .category = "overall",
                          .delta = 1,
                          .total = 1,
                          .city = city,
                          .at = reader.now,
                          .now = reader.now});
  }
  for (const bool hidden : {true, false}) hide_from_boards(context, user.key, hidden);
  BoardQuery query;
  REQUIRE(read_board(*writer.db, reader, query).ok());
  reader.key = user.key;
  query.around_me = true;
  const auto around = read_board(*writer.db, reader, query);
  REQUIRE(around.ok());
  REQUIRE(around->page.board.has_value());
  REQUIRE(read_board_top(*writer.db, *around->page.board).ok());
  REQUIRE(look_at_boards(*writer.db, {*around->page.board}, reader.now).ok());
  CHECK(roll_boards(context, reader.now + std::chrono::hours(24 * 200), 50).size() == 12);
  CHECK(roll_board(context, *around->page.board, reader.now).empty());
  PastBoardQuery past{.name = {.period = BoardPeriod::day}};
  CHECK(read_past_board(*writer.db, past).ok());
  past.at = reader.now;
  CHECK(read_past_board(*writer.db, past).ok());
  CHECK(sweep_boards(*writer.db, 100) > 0);
  writer.finish();
}

TEST_CASE("no change of accounts goes through a whole table") {
  UsedFile used;
  auto& store = used.file.store();
  NewUser newcomer;
  newcomer.id = store.new_user_id();
  newcomer.email = "new@example.com";
  newcomer.now = store.now();
  NewSession login;
  login.id = store.new_session_id();
  login.user = used.owner.key;
  login.refresh_hash = TokenHash{1};
  login.now = newcomer.now;
  login.refresh_expires = newcomer.now + std::chrono::hours{1};
  Writer writer(used.file);
  auto& context = *writer.context;

  REQUIRE(create_user(context, newcomer).ok());
  REQUIRE(grant_role(context, newcomer.id, SystemRole::admin, newcomer.now).ok());
  REQUIRE(create_session(context, login).ok());
  REQUIRE(rotate_refresh(context, {.used = TokenHash{1},
                                   .next = TokenHash{2},
                                   .now = login.now,
                                   .next_expires = login.refresh_expires})
              .ok());
  REQUIRE(revoke_session(context, used.owner.key, login.id, login.now).ok());
  writer.finish();
}

}  // namespace kith
