// How long an Idempotency-Key stands for something, and for whom.
#include "storage/sql_idempotency.h"
#include "sql_file.h"

namespace kith {
namespace {

CreateChat group_of(StoreFixture& store, const std::string& path, const std::string& digest) {
  return {.type = ChatType::group,
          .id = store.new_chat_id(),
          .name = "idempotent",
          .participants = {},
          .idempotency = Idempotency{.path = path, .key = "key-1", .request_digest = digest}};
}

}  // namespace

TEST_CASE("an Idempotency-Key stands for one chat, per user and path, for a day") {
  SqlFile file;
  auto& store = file.store();
  const auto me = store.add_user("Olga");
  const auto other = store.add_user("Max");
  const auto first = store->create(store.actor(me), group_of(store, "/chats", "digest"));
  REQUIRE(first.ok());
  CHECK(first->created);

  const auto again = store->create(store.actor(me), group_of(store, "/chats", "digest"));
  REQUIRE(again.ok());
  CHECK_FALSE(again->created);
  CHECK(again->events.empty());
  CHECK(again->chat.id == first->chat.id);
  CHECK(again->chat.head == first->chat.head);

  CHECK(outcome(store->create(store.actor(me), group_of(store, "/chats", "another"))) ==
        "conflict");
  const auto elsewhere = store->create(store.actor(me), group_of(store, "/v2/chats", "another"));
  REQUIRE(elsewhere.ok());
  CHECK(elsewhere->created);
  const auto theirs = store->create(store.actor(other), group_of(store, "/chats", "another"));
  REQUIRE(theirs.ok());
  CHECK(theirs->created);

  store.advance(kIdempotencyLifetime);
  const auto later = store->create(store.actor(me), group_of(store, "/chats", "another"));
  REQUIRE(later.ok());
  CHECK(later->created);
  CHECK(later->chat.id != first->chat.id);

  file.close();
  auto db = file.connect();
  CHECK(count_of(*db, "SELECT COUNT(*) FROM idempotency_keys") == 1);  // the old ones went
}

TEST_CASE("a refused request leaves no Idempotency-Key behind") {
  SqlFile file;
  auto& store = file.store();
  const auto me = store.add_user("Olga");
  auto create = group_of(store, "/chats", "digest");
  create.participants.push_back(store.new_user_id());
  CHECK(outcome(store->create(store.actor(me), create)) == "not_found");
  const auto repaired = store->create(store.actor(me), group_of(store, "/chats", "repaired"));
  REQUIRE(repaired.ok());
  CHECK(repaired->created);
}

}  // namespace kith
