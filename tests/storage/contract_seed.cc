// What `kithd --demo` makes: users with names, once.
#include "tests/storage/store_fixture.h"

namespace kith {
namespace {

SeedRequest two_friends(StoreFixture& store) {
  return {.rooms = 1,
          .members = 2,
          .password_hash = "hash",
          .now = store.now(),
          .named = {{.email = "ada@demo.kith", .display_name = "Ada", .role = SystemRole::admin},
                    {.email = "bob@demo.kith", .display_name = "Bob"}},
          .room_name = "Tea kitchen"};
}

TEST_CASE_TEMPLATE("users with names are made once", Adapter, SqliteAdapter, PostgresAdapter) {
  StoreFixture store(Adapter::kUrl);
  const auto made = store.storage().seed(two_friends(store));
  REQUIRE_MESSAGE(made.ok(), made.error().message);
  REQUIRE(made->users.size() == 2);
  REQUIRE(made->chats.size() == 1);
  const auto ada = store.storage().find_user_now(made->users[0].id);
  REQUIRE(ada.ok());
  CHECK(ada->display_name == "Ada");
  CHECK(ada->role == SystemRole::admin);
  CHECK(store.storage().find_user_now(made->users[1].id)->role == SystemRole::user);
  const auto chat = store->get(store.actor(*ada), made->chats[0].id);
  REQUIRE(chat.ok());
  CHECK(chat->name == "Tea kitchen");
  CHECK(chat->participant_count == 2);

  const auto again = store.storage().seed(two_friends(store));
  REQUIRE(again.ok());
  CHECK(again->users.empty());
  CHECK(again->chats.empty());
}

TEST_CASE_TEMPLATE("users with names are made among no others", Adapter, SqliteAdapter,
                   PostgresAdapter) {
  StoreFixture store(Adapter::kUrl);
  store.add_user("carol");
  const auto refused = store.storage().seed(two_friends(store));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::bad_request);
}

TEST_CASE_TEMPLATE("a club is of the first users, in the club and in its chat alike", Adapter,
                   SqliteAdapter, PostgresAdapter) {
  StoreFixture store(Adapter::kUrl);
  store.add_user("somebody else");
  const auto made = store.storage().seed({.users = 12,
                                          .rooms = 1,
                                          .members = 2,
                                          .clubs = 2,
                                          .club_members = 7,
                                          .password_hash = "hash",
                                          .now = store.now()});
  REQUIRE_MESSAGE(made.ok(), made.error().message);
  REQUIRE(made->clubs.size() == 2);
  CHECK(made->clubs[1].owner == made->users[0].id);
  CHECK(made->clubs[1].members == 7);
  for (std::size_t number : {0U, 1U, 6U, 7U, 11U}) {
    CAPTURE(number);
    const auto user = store.storage().find_user_now(made->users[number].id);
    REQUIRE(user.ok());
    const auto club = store->await<ClubRecord>([&](Callback<ClubRecord> done) {
      store->clubs()->get(store.actor(*user), made->clubs[1].id, std::move(done));
    });
    REQUIRE_MESSAGE(club.ok(), club.error().message);
    CHECK(club->member_count == 7);
    CHECK((club->status == ClubStatus::approved) == (number < 7));
    if (number < 7) CHECK((club->role == ClubRole::owner) == (number == 0));
    const auto chat = store->get(store.actor(*user), club->chat);
    CHECK(chat.ok() == (number < 7));
    if (chat.ok()) CHECK(chat->participant_count == 7);
  }
}

TEST_CASE_TEMPLATE("history says as of which event it speaks", Adapter, ALL_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto chat = store.add_group({ada});
  for (int i = 0; i < 3; ++i) {
    store.say(ada, chat, "hello");
    REQUIRE(
        store->react(store.actor(ada), {chat, *store.log_of(chat).back().message, "👍", true}).ok());
    HistoryRequest request;
    request.chat = chat;
    request.limit = 1;
    const auto page = store->history(store.actor(ada), request);
    REQUIRE(page.ok());
    CHECK(page->head == store.log_of(chat).size());
  }
}

}  // namespace
}  // namespace kith
