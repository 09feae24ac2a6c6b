// Who goes from a club comes no more to what is for its members alone.
#include "tests/storage/erasure_town.h"

namespace kith {
namespace {

TEST_CASE_TEMPLATE("leaving or being removed withdraws answers to members' events; others move up",
                   Adapter, SQL_STORES) {
  ErasureTown town(Adapter::kUrl);
  StoreFixture& store = town.store;
  const TestClub club = add_club(store, town.host);
  for (const UserRecord* user : {&town.ada, &town.bob, &town.cam}) {
    REQUIRE(join(store, *user, club).ok());
  }
  const EventId event = town.club_event(town.host, club, 2);
  const EventId open = town.publish(5);
  REQUIRE(town.go(town.ada, event, 1).ok());
  REQUIRE(town.go(town.ada, open).ok());
  CHECK(town.comes_to(town.go(town.bob, event)) == "waitlisted");
  CHECK(town.comes_to(town.go(town.cam, event)) == "waitlisted");
  std::vector<DurableEvent> events;
  SUBCASE("by oneself") {
    auto left = leave(store, town.ada, club);
    REQUIRE(left.ok());
    events = std::move(left->events);
  }
  const auto act = [&](ChangeMember::Action action) {
    ChangeMember wanted;
    wanted.club = club.id;
    wanted.user = town.ada.id;
    wanted.action = action;
    auto done = change(store, town.host, wanted);
    REQUIRE(done.ok());
    events = std::move(done->events);
  };
  SUBCASE("by an organizer") {
    act(ChangeMember::Action::remove);
  }
  SUBCASE("by a ban") {
    act(ChangeMember::Action::ban);
  }
  CHECK(count_of_type(events, EventType::rsvp_updated) == 1);
  CHECK(count_of_type(events, EventType::event_leave) == 1);
  CHECK(town.get(town.host, event)->seats_taken == 0);
  CHECK_FALSE(town.in_chat(town.ada, event));
  const auto moved = town.run_due(store.now());
  CHECK(count_of_type(moved, EventType::rsvp_updated) == 2);
  const auto after = town.get(town.host, event);
  CHECK(after->seats_taken == 2);
  CHECK(after->waiting == 0);
  CHECK(town.get(town.bob, event)->rsvp->status == RsvpStatus::confirmed);
  CHECK(town.told(town.bob, "rsvp.confirmed") == 1);
  CHECK(town.get(town.ada, open)->rsvp->status == RsvpStatus::confirmed);
}

TEST_CASE_TEMPLATE("an answer to an event that is over stands when one leaves its club", Adapter,
                   SQL_STORES) {
  ErasureTown town(Adapter::kUrl);
  StoreFixture& store = town.store;
  const TestClub club = add_club(store, town.host);
  REQUIRE(join(store, town.ada, club).ok());
  const EventId event = town.club_event(town.host, club, 2);
  REQUIRE(town.go(town.ada, event).ok());
  store.advance(std::chrono::hours{24 * 10});
  const auto left = leave(store, town.ada, club);
  REQUIRE(left.ok());
  CHECK(count_of_type(left->events, EventType::rsvp_updated) == 0);
  CHECK(town.get(town.host, event)->seats_taken == 1);
}

TEST_CASE_TEMPLATE("who is banned comes to none of the club's events, in it or not", Adapter,
                   SQL_STORES) {
  ErasureTown town(Adapter::kUrl);
  StoreFixture& store = town.store;
  const TestClub club = add_club(store, town.host);
  const auto publish = [&] {
    EventFields wanted = town.fields();
    wanted.capacity = 1;
    const auto made = town.create(town.host, {.club = club.id, .fields = wanted});
    REQUIRE_MESSAGE(made.ok(), made.error().message);
    REQUIRE(town.update(town.host, {.id = made->event.id, .status = EventStatus::published}).ok());
    return made->event.id;
  };
  const EventId event = publish();  // for everybody
  const EventId other = publish();
  SUBCASE("a member") {
    REQUIRE(join(store, town.ada, club).ok());
  }
  SUBCASE("a guest") {}
  REQUIRE(town.comes_to(town.go(town.ada, event)) == "confirmed");
  REQUIRE(town.comes_to(town.go(town.bob, event)) == "waitlisted");
  REQUIRE(town.in_chat(town.ada, event));
  ChangeMember wanted;
  wanted.club = club.id;
  wanted.user = town.ada.id;
  wanted.action = ChangeMember::Action::ban;
  const auto banned = change(store, town.host, wanted);
  REQUIRE_MESSAGE(banned.ok(), banned.error().message);
  CHECK(count_of_type(banned->events, EventType::rsvp_updated) == 1);
  CHECK_FALSE(town.in_chat(town.ada, event));
  CHECK(town.comes_to(town.go(town.ada, other)) == "forbidden");
  CHECK(town.comes_to(town.answer(town.ada, other, RsvpWish::maybe)) == "forbidden");
  town.run_due(store.now());
  CHECK(town.get(town.bob, event)->rsvp->status == RsvpStatus::confirmed);
  wanted.action = ChangeMember::Action::unban;
  REQUIRE(change(store, town.host, wanted).ok());
  CHECK(town.comes_to(town.go(town.ada, other)) == "confirmed");
}

}  // namespace
}  // namespace kith
