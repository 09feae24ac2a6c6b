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
