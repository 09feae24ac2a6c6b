// The line for seats of an event that changes while people wait.
#include "tests/storage/erasure_town.h"

namespace kith {
namespace {

std::string_view stands(ErasureTown& town, const UserRecord& who, EventId event) {
  const auto seen = town.get(who, event);
  REQUIRE_MESSAGE(seen.ok(), seen.error().message);
  return seen->rsvp ? to_string(seen->rsvp->status) : "none";
}

void resize(ErasureTown& town, EventId event, std::optional<std::uint32_t> capacity) {
  const auto done = town.update(town.host, {.id = event, .capacity = capacity});
  REQUIRE_MESSAGE(done.ok(), done.error().message);
}

TEST_CASE_TEMPLATE("a party that the event holds no more does not stop the line behind it", Adapter,
                   SQL_STORES) {
  ErasureTown town(Adapter::kUrl);
  const EventId id = town.publish(4);
  REQUIRE(town.comes_to(town.go(town.ada, id, 1)) == "confirmed");
  REQUIRE(town.comes_to(town.go(town.bob, id, 3)) == "waitlisted");
  REQUIRE(town.comes_to(town.go(town.cam, id, 1)) == "waitlisted");  // nobody overtakes
  resize(town, id, 2);
  CHECK(town.get(town.host, id)->waiting == 6);
  REQUIRE(town.answer(town.ada, id, RsvpWish::declined).ok());
  CHECK(stands(town, town.cam, id) == "confirmed");
  CHECK(stands(town, town.bob, id) == "waitlisted");
  // Nor does it keep out who comes anew.
  REQUIRE(town.answer(town.cam, id, RsvpWish::declined).ok());
  CHECK(town.comes_to(town.go(town.ada, id)) == "confirmed");
  CHECK(town.comes_to(town.go(town.ada, id, 1)) == "confirmed");
  // It has kept its place for when there is room again.
  REQUIRE(town.comes_to(town.go(town.cam, id)) == "waitlisted");
  resize(town, id, 6);
  CHECK(stands(town, town.bob, id) == "confirmed");
  CHECK(stands(town, town.cam, id) == "waitlisted");
}

TEST_CASE_TEMPLATE("nobody moves up into an event that has become a paid one", Adapter,
                   SQL_STORES) {
  ErasureTown town(Adapter::kUrl);
  const EventId id = town.publish(1);
  REQUIRE(town.comes_to(town.go(town.ada, id)) == "confirmed");
  REQUIRE(town.comes_to(town.go(town.bob, id)) == "waitlisted");
  const Ticketing paid{.paid = true, .price_cents = 1500, .currency = "USD"};
  REQUIRE(town.update(town.host, {.id = id, .ticketing = paid}).ok());
  REQUIRE(town.answer(town.ada, id, RsvpWish::declined).ok());
  CHECK(stands(town, town.bob, id) == "waitlisted");
  REQUIRE(town.update(town.host, {.id = id, .ticketing = Ticketing{}}).ok());
  CHECK(stands(town, town.bob, id) == "confirmed");
}

TEST_CASE_TEMPLATE("nobody without premium moves up into an event that is for those now", Adapter,
                   SQL_STORES) {
  ErasureTown town(Adapter::kUrl);
  const EventId id = town.publish(1);
  REQUIRE(town.comes_to(town.go(town.ada, id)) == "confirmed");
  REQUIRE(town.comes_to(town.go(town.bob, id)) == "waitlisted");
  REQUIRE(town.comes_to(town.go(town.cam, id)) == "waitlisted");
  REQUIRE(town.store.storage().grant(town.cam.id, SystemRole::premium_plus, town.store.now()).ok());
  REQUIRE(town.update(town.host, {.id = id, .premium_only = true}).ok());
  REQUIRE(town.answer(town.ada, id, RsvpWish::declined).ok());
  CHECK(stands(town, town.bob, id) == "waitlisted");
  CHECK(stands(town, town.cam, id) == "confirmed");
}

}  // namespace
}  // namespace kith
