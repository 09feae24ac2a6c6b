// Blocks between two users: what they keep apart, and what they leave as it was.
#include "engine/ports/profiles.h"

#include "tests/storage/club_store.h"

namespace kith {
namespace {

Status set_block(StoreFixture& store, const UserRecord& who, const UserRecord& whom) {
  const auto done = store->await<Committed>([&](auto callback) {
    store->profiles().block(store.actor(who), whom.id, std::move(callback));
  });
  if (!done) return done.error();
  return Nothing{};
}

TEST_CASE_TEMPLATE("nobody brings into a club's chat whom a block lies between", Adapter,
                   CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto cam = store.add_user("cam");
  const TestClub club = add_club(store, ada);
  REQUIRE(set_block(store, bob, ada).ok());
  REQUIRE(set_block(store, ada, cam).ok());
  for (const UserRecord* other : {&bob, &cam}) {
    const auto added = store->add(store.actor(ada), club.chat, other->id);
    REQUIRE_FALSE(added.ok());
    CHECK(added.error().code == ErrorCode::not_found);
    CHECK(added.error().field == "user_id");
    CHECK(outcome(store->attach(club.chat, other->key)) == "forbidden");
  }
  CHECK(get(store, ada, club)->member_count == 1);
}

}  // namespace
}  // namespace kith
