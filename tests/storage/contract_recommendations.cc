// Whom and what one might like: where candidates come from, and whom a block keeps out.
#include <algorithm>

#include "tests/storage/erasure_town.h"

namespace kith {
namespace {

// A town of whom each says where they live and what they like.
struct Likes : ErasureTown {
  using ErasureTown::ErasureTown;

  void change(const UserRecord& who, std::string city, std::string interest) {
    UpdateProfile update;
    update.city = std::move(city);
    update.interests = std::vector<std::string>{std::move(interest)};
    const auto done = store->await<Committed>(
        [&](auto callback) { profiles().update(store.actor(who), update, std::move(callback)); });
    REQUIRE_MESSAGE(done.ok(), done.error().message);
  }
  std::vector<RecommendedPerson> people_for(const UserRecord& who) {
    const auto list = store->await<PeopleList>(
        [&](auto done) { profiles().recommend(store.actor(who), {}, std::move(done)); });
    REQUIRE_MESSAGE(list.ok(), list.error().message);
    return list->people;
  }
  RecommendationList events_for(const UserRecord& who) {
    const auto list = store->await<RecommendationList>([&](auto done) {
      events().recommend(store.actor(who), RecommendationQuery{}, std::move(done));
    });
    REQUIRE_MESSAGE(list.ok(), list.error().message);
    return *list;
  }
  void block_between(const UserRecord& who, const UserRecord& whom) {
    const auto done = store->await<Committed>(
        [&](auto callback) { profiles().block(store.actor(who), whom.id, std::move(callback)); });
    REQUIRE(done.ok());
  }
};

TEST_CASE_TEMPLATE("people who like the same are found wherever they live, without case", Adapter,
                   SQL_STORES) {
  Likes town(Adapter::kUrl);
  town.change(town.cam, "Boston", "chess");
  town.change(town.ada, "M\u00dcNCHEN", "Glass Blowing");
  town.change(town.bob, "Dallas", "glass blowing");
  const auto found = town.people_for(town.ada);
  REQUIRE(found.size() == 1);
  CHECK(found[0].user == town.bob.id);
  CHECK(found[0].reason == "Shares your interests");
  // Case is of ASCII, on every store; and a text that one of them cannot hold is no harm.
  town.change(town.bob, "m\u00fcnchen", std::string("nul\0", 4));
  CHECK(town.people_for(town.ada).empty());
  town.change(town.bob, "m\u00dcnchen", "chess");
  REQUIRE(town.people_for(town.ada).size() == 1);
  CHECK(town.people_for(town.ada)[0].reason == "In your city");
}

TEST_CASE_TEMPLATE("events are not recommended for or by somebody whom a block lies between",
                   Adapter, SQL_STORES) {
  Likes town(Adapter::kUrl);
  StoreFixture& store = town.store;
  const EventId event = town.publish(25);
  CreateChat direct{.type = ChatType::direct, .id = store.new_chat_id()};
  direct.participants = {town.bob.id};
  REQUIRE(store->create(store.actor(town.ada), direct).ok());
  REQUIRE(town.go(town.bob, event).ok());
  const auto before = town.events_for(town.ada);
  REQUIRE(before.events.size() == 1);
  CHECK(before.events[0].reason == "Friends attending");
  town.block_between(town.bob, town.ada);
  const auto after = town.events_for(town.ada);
  REQUIRE(after.events.size() == 1);
  CHECK(after.events[0].reason != "Friends attending");
  town.block_between(town.ada, town.host);  // who makes it
  CHECK(town.events_for(town.ada).events.empty());
}

}  // namespace
}  // namespace kith
