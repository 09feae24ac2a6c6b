// Answers to events: seats, the line for them, the chat, and who is told.
#include <algorithm>
#include <set>

#include "tests/storage/event_town.h"

namespace kith {
namespace {

TEST_CASE_TEMPLATE("who goes is in the chat and counted with guests; who changes their mind is not",
                   Adapter, SQL_STORES) {
  EventTown town(Adapter::kUrl);
  const auto ada = town.store.add_user("ada");
  const EventId id = town.publish(25);
  const auto going = town.go(ada, id, 2);
  REQUIRE(going.ok());
  CHECK(going->rsvp.status == RsvpStatus::confirmed);
  CHECK(going->rsvp.calendar.google == CalendarSync::off);
  std::vector<std::string> names;
  for (const DurableEvent& event : going->events) {
    const bool notice = event.type == EventType::notification_new;
    const auto at = event.payload.find(R"("type":")");
    names.push_back(notice ? event.payload.substr(at + 8, event.payload.find('"', at + 8) - at - 8)
                           : std::string(to_string(event.type)));
  }
  CHECK(names == std::vector<std::string>{"rsvp.updated", "participant.join", "chat.joined",
                                          "event.joined"});
  CHECK(town.told(ada, "event.joined") == 1);
  CHECK(town.in_chat(ada, id));
  const auto seen = town.get(ada, id);
  CHECK(seen->seats_taken == 3);
  CHECK(seen->rsvp->id == going->rsvp.id);
  CHECK(seen->rsvp->guest_count == 2);
  REQUIRE(seen->preview.size() == 1);
  CHECK(seen->preview[0].user == ada.id);
  CHECK(seen->preview[0].display_name == "ada");

  const auto log = town.store.log_of(ChannelId(id));
  CHECK(log.back().type == EventType::rsvp_updated);
  CHECK(log.back().user == ada.id);
  CHECK(log.back().payload == R"({"status":"confirmed","attendees_count":3})");
  CHECK(town.go(ada, id, 2)->events.empty());  // it is so already

  const auto maybe = town.answer(ada, id, RsvpWish::maybe);
  REQUIRE(maybe.ok());
  CHECK(maybe->rsvp.id == going->rsvp.id);
  CHECK_FALSE(town.in_chat(ada, id));
  CHECK(town.get(ada, id)->seats_taken == 0);
  CHECK(town.get(ada, id)->preview.empty());
  CHECK(town.comes_to(town.go(ada, id)) == "confirmed");
  CHECK(town.in_chat(ada, id));
  CHECK(town.comes_to(town.answer(ada, id, RsvpWish::declined)) == "declined");
  CHECK_FALSE(town.in_chat(ada, id));
}

TEST_CASE_TEMPLATE("one answers what is published, not cancelled and not over", Adapter,
                   SQL_STORES) {
  EventTown town(Adapter::kUrl);
  const auto ada = town.store.add_user("ada");
  const EventId draft = town.draft(town.fields());
  CHECK(town.comes_to(town.go(ada, draft)) == "not_found");
  CHECK(town.comes_to(town.go(town.host, draft)) == "conflict");
  const EventId id = town.publish(town.fields());
  town.store.advance(std::chrono::hours{24 * 4});
  CHECK(town.comes_to(town.go(ada, id)) == "conflict");  // over
  town.start += std::chrono::hours{24 * 4};
  const EventId cancelled = town.publish(town.fields());
  REQUIRE(town.update(town.host, {.id = cancelled, .status = EventStatus::cancelled}).ok());
  CHECK(town.comes_to(town.go(ada, cancelled)) == "conflict");
  EventFields paid = town.fields();
  paid.ticketing = {.paid = true, .price_cents = 1500, .currency = "USD"};
  const EventId dear = town.publish(paid);
  CHECK(town.comes_to(town.go(ada, dear)) == "payment_required");
  CHECK(town.comes_to(town.answer(ada, dear, RsvpWish::maybe)) == "maybe");
  EventFields premium = town.fields();
  premium.premium_only = true;
  CHECK(town.comes_to(town.go(ada, town.publish(premium))) == "forbidden");
}

TEST_CASE_TEMPLATE("the line moves up in its order when seats become free, and tells who got in",
                   Adapter, SQL_STORES) {
  EventTown town(Adapter::kUrl);
  const auto ada = town.store.add_user("ada");
  const auto bob = town.store.add_user("bob");
  const auto cam = town.store.add_user("cam");
  const auto dan = town.store.add_user("dan");
  const EventId id = town.publish(2);
  CHECK(town.comes_to(town.go(ada, id, 1)) == "confirmed");
  CHECK(town.comes_to(town.go(bob, id, 1)) == "waitlisted");
  CHECK(town.comes_to(town.go(cam, id)) == "waitlisted");
  CHECK(town.comes_to(town.go(dan, id)) == "waitlisted");
  CHECK(town.get(ada, id)->waiting == 4);
  CHECK_FALSE(town.in_chat(bob, id));
  CHECK(outcome(town.go(dan, id, 2)) == "bad_request");  // three never fit

  const auto declined = town.answer(ada, id, RsvpWish::declined);
  REQUIRE(declined.ok());
  CHECK(town.get(bob, id)->rsvp->status == RsvpStatus::confirmed);
  CHECK(town.get(cam, id)->rsvp->status == RsvpStatus::waitlisted);
  CHECK(town.get(ada, id)->seats_taken == 2);
  CHECK(town.get(ada, id)->waiting == 2);
  CHECK(town.in_chat(bob, id));
  CHECK(town.told(bob, "rsvp.confirmed") == 1);
  CHECK(town.told(cam, "rsvp.confirmed") == 0);
  // Numbers of the event's channel rise by one, in the order of what is published.
  Seq last = 0;
  for (const DurableEvent& event : declined->events) {
    if (event.channel != ChannelId(id)) continue;
    CHECK((last == 0 || event.seq == last + 1));
    last = event.seq;
  }

  const std::optional<std::uint32_t> three = 3;
  REQUIRE(town.update(town.host, {.id = id, .capacity = three}).ok());
  CHECK(town.get(cam, id)->rsvp->status == RsvpStatus::confirmed);
  CHECK(town.get(dan, id)->rsvp->status == RsvpStatus::waitlisted);
  const auto less = town.update(town.host, {.id = id, .capacity = std::optional<std::uint32_t>(2)});
  REQUIRE_FALSE(less.ok());
  CHECK(less.error().field == "capacity");
  REQUIRE(town.update(town.host, {.id = id, .capacity = std::optional<std::uint32_t>()}).ok());
  CHECK(town.get(dan, id)->rsvp->status == RsvpStatus::confirmed);
  CHECK(town.get(dan, id)->seats_taken == 4);
  CHECK(town.get(dan, id)->waiting == 0);
}

TEST_CASE_TEMPLATE("nobody overtakes: a large party at the front waits for its seats", Adapter,
                   SQL_STORES) {
  EventTown town(Adapter::kUrl);
  const auto ada = town.store.add_user("ada");
  const auto bob = town.store.add_user("bob");
  const auto cam = town.store.add_user("cam");
  const auto dan = town.store.add_user("dan");
  const EventId id = town.publish(3);
  REQUIRE(town.comes_to(town.go(ada, id)) == "confirmed");
  CHECK(town.comes_to(town.go(bob, id, 2)) == "waitlisted");  // three, where two are free
  CHECK(town.comes_to(town.go(cam, id)) == "waitlisted");     // behind them, though one would fit
  CHECK(outcome(town.go(ada, id, 1)) == "conflict");          // nor by bringing more
  CHECK(town.comes_to(town.go(bob, id, 1)) == "confirmed");   // two fit: they move up themselves
  CHECK(town.get(cam, id)->rsvp->status == RsvpStatus::waitlisted);
  CHECK(town.get(cam, id)->seats_taken == 3);
  // Wanting more in line costs one's place, wanting less does not.
  CHECK(town.comes_to(town.go(dan, id)) == "waitlisted");
  CHECK(town.comes_to(town.go(cam, id, 1)) == "waitlisted");
  REQUIRE(town.answer(ada, id, RsvpWish::declined).ok());
  CHECK(town.get(dan, id)->rsvp->status == RsvpStatus::confirmed);
  CHECK(town.get(cam, id)->rsvp->status == RsvpStatus::waitlisted);
  CHECK(town.comes_to(town.answer(cam, id, RsvpWish::declined)) == "declined");
  CHECK(town.get(cam, id)->waiting == 0);
}

// The store's word for what stands: seats by the answers, chat by those confirmed.
void check_seats(EventTown& town, EventId id, const std::vector<UserRecord>& users) {
  std::uint32_t seats = 0;
  std::uint32_t waiting = 0;
  std::set<UserId> confirmed{town.host.id};
  for (const UserRecord& user : users) {
    const auto seen = town.get(user, id);
    REQUIRE(seen.ok());
    if (!seen->rsvp) continue;
    if (seen->rsvp->status == RsvpStatus::confirmed) {
      seats += 1 + seen->rsvp->guest_count;
      confirmed.insert(user.id);
    }
    if (seen->rsvp->status == RsvpStatus::waitlisted) waiting += 1 + seen->rsvp->guest_count;
  }
  const auto event = town.get(town.host, id);
  CHECK(event->seats_taken == seats);
  CHECK(event->waiting == waiting);
  CHECK(seats <= event->fields.capacity.value_or(1'000'000));
  const auto chat = town.store->get(town.store.actor(town.host), event->chat);
  REQUIRE(chat.ok());
  CHECK(chat->participant_count == confirmed.size());
  for (const Participant& participant : chat->participants) {
    CHECK(confirmed.contains(participant.user));
  }
}

TEST_CASE_TEMPLATE("of 500 who race for 25 seats, 25 get one", Adapter, SQL_STORES) {
  constexpr std::size_t kShards = 4;
  constexpr std::size_t kPeople = 500;
  EventTown town(Adapter::kUrl, kShards);
  std::vector<UserRecord> users;
  for (std::size_t i = 0; i < kPeople; ++i) users.push_back(town.store.add_user(numbered("u", i)));
  const EventId id = town.publish(25);
  std::vector<SetRsvp> wanted;
  for (std::size_t i = 0; i < kPeople; ++i) {
    wanted.push_back({.event = id, .id = RsvpId{town.store.new_user_id().uuid}});
  }
  const WallTime now = town.store.now();
  std::vector<std::string> came_to(kPeople);
  std::vector<std::thread> threads;
  for (std::size_t index = 0; index < kShards; ++index) {
    threads.emplace_back([&, index] {
      TestShard& shard = town.store.shard(index);
      std::size_t waiting = 0;
      for (std::size_t i = index; i < kPeople; i += kShards) {
        ++waiting;
        shard.events().rsvp({.user = users[i].id, .key = users[i].key, .now = now}, wanted[i],
                            [&, i](Result<ChangedRsvp> changed) {
                              came_to[i] = town.comes_to(changed);
                              --waiting;
                            });
      }
      shard.queue().pump_until([&] { return waiting == 0; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(std::count(came_to.begin(), came_to.end(), "confirmed") == 25);
  CHECK(std::count(came_to.begin(), came_to.end(), "waitlisted") == kPeople - 25);
  check_seats(town, id, users);
  CHECK(town.store.log_of(ChannelId(id)).size() == 1 + kPeople);
}

TEST_CASE_TEMPLATE("answers that race and change keep seats, line and chat in step", Adapter,
                   SQL_STORES) {
  constexpr std::size_t kShards = 3;
  EventTown town(Adapter::kUrl, kShards);
  std::vector<UserRecord> users;
  for (std::size_t i = 0; i < 12; ++i) users.push_back(town.store.add_user(numbered("u", i)));
  const EventId id = town.publish(7);
  const WallTime now = town.store.now();
  std::vector<std::thread> threads;
  for (std::size_t index = 0; index < kShards; ++index) {
    threads.emplace_back([&, index] {
      TestShard& shard = town.store.shard(index);
      std::size_t waiting = 0;
      UuidGenerator uuids([bits = index + 1]() mutable { return bits += 977; });
      for (std::size_t round = 0; round < 60; ++round) {
        const UserRecord& user = users[(round * 5 + index) % users.size()];
        const SetRsvp wanted{.event = id,
                             .id = RsvpId{uuids.next(now)},
                             .wish = static_cast<RsvpWish>((round * 7 + index) % 3),
                             .guest_count = static_cast<std::uint32_t>(round % 3)};
        ++waiting;
        shard.events().rsvp({.user = user.id, .key = user.key, .now = now}, wanted,
                            [&](Result<ChangedRsvp>) { --waiting; });
      }
      shard.queue().pump_until([&] { return waiting == 0; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  check_seats(town, id, users);
}

Result<AttendeeList> attendees(EventTown& town, const UserRecord& who, const AttendeeQuery& query) {
  return town.store->await<AttendeeList>(
      [&](auto done) { town.events().attendees(town.store.actor(who), query, std::move(done)); });
}

TEST_CASE_TEMPLATE("who comes is listed in order, page by page; the rest for organizers", Adapter,
                   SQL_STORES) {
  EventTown town(Adapter::kUrl);
  std::vector<UserRecord> users;
  for (std::size_t i = 0; i < 5; ++i) users.push_back(town.store.add_user(numbered("u", i)));
  const EventId id = town.publish(3);
  for (const UserRecord& user : users) REQUIRE(town.go(user, id).ok());
  AttendeeQuery query{.event = id, .limit = 2};
  std::vector<UserId> seen;
  for (bool more = true; more;) {
    const auto page = attendees(town, users[4], query);
    REQUIRE(page.ok());
    for (const Attendee& attendee : page->attendees) seen.push_back(attendee.user.user);
    query.cursor = page->next_cursor;
    more = query.cursor.has_value();
  }
  CHECK(seen == std::vector<UserId>{users[0].id, users[1].id, users[2].id});
  const AttendeeQuery line{.event = id, .status = RsvpStatus::waitlisted};
  CHECK(outcome(attendees(town, users[4], line)) == "forbidden");
  const auto waiting = attendees(town, town.host, line);
  REQUIRE(waiting.ok());
  REQUIRE(waiting->attendees.size() == 2);
  CHECK(waiting->attendees[0].user.user == users[3].id);
}

Result<CheckedIn> check_in(EventTown& town, const UserRecord& who, const CheckIn& wanted) {
  return town.store->await<CheckedIn>(
      [&](auto done) { town.events().check_in(town.store.actor(who), wanted, std::move(done)); });
}

TEST_CASE_TEMPLATE("an organizer notes who was there, once", Adapter, SQL_STORES) {
  EventTown town(Adapter::kUrl);
  const auto ada = town.store.add_user("ada");
  const auto bob = town.store.add_user("bob");
  const EventId id = town.publish(town.fields());
  REQUIRE(town.go(ada, id).ok());
  REQUIRE(town.answer(bob, id, RsvpWish::maybe).ok());
  CHECK(outcome(check_in(town, ada, {.event = id, .user = ada.id})) == "forbidden");
  CHECK(outcome(check_in(town, town.host, {.event = id, .user = bob.id})) == "not_found");
  const auto first = check_in(town, town.host, {.event = id, .user = ada.id});
  REQUIRE(first.ok());
  REQUIRE(first->at.has_value());
  CHECK(check_in(town, town.host, {.event = id, .user = ada.id})->at == first->at);
  CHECK(attendees(town, town.host, {.event = id})->attendees[0].checked_in_at == first->at);
  CHECK_FALSE(
      check_in(town, town.host, {.event = id, .user = ada.id, .attended = false})->at.has_value());
}

}  // namespace
}  // namespace kith
