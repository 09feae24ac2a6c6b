// What those who come to an event are told by the clock, their calendar, and what they might like.
#include <algorithm>

#include "tests/storage/event_town.h"

namespace kith {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST_CASE_TEMPLATE("reminders come a day and an hour before, once, however many look", Adapter,
                   SQL_STORES) {
  EventTown town(Adapter::kUrl, 2);
  const auto ada = town.store.add_user("ada");
  const auto bob = town.store.add_user("bob");
  const auto cam = town.store.add_user("cam");
  const EventId id = town.publish(2);
  REQUIRE(town.go(ada, id).ok());
  REQUIRE(town.answer(bob, id, RsvpWish::maybe).ok());
  REQUIRE(town.go(cam, id).ok());
  REQUIRE(town.answer(cam, id, RsvpWish::declined).ok());
  CHECK(town.run_due(town.start - hours{25}).empty());
  const auto first = town.run_due(town.start - hours{24});
  CHECK(first.size() == 2);
  CHECK(town.run_due(town.start - hours{24}, 1).empty());
  CHECK(town.told(ada, "event.reminder") == 1);
  CHECK(town.told(bob, "event.reminder") == 1);
  CHECK(town.told(cam, "event.reminder") == 0);
  town.run_due(town.start - hours{1}, 1);
  CHECK(town.told(ada, "event.reminder") == 2);
  CHECK(town.run_due(town.start + hours{9}).empty());
}

TEST_CASE_TEMPLATE("several nodes that look at once tell everybody once", Adapter, SQL_STORES) {
  constexpr std::size_t kShards = 3;
  EventTown town(Adapter::kUrl, kShards);
  std::vector<UserRecord> users;
  for (std::size_t i = 0; i < 120; ++i) users.push_back(town.store.add_user(numbered("u", i)));
  const EventId id = town.publish(town.fields());
  for (const UserRecord& user : users) REQUIRE(town.answer(user, id, RsvpWish::maybe).ok());
  std::vector<std::thread> threads;
  std::vector<std::size_t> told(kShards);
  for (std::size_t index = 0; index < kShards; ++index) {
    threads.emplace_back(
        [&, index] { told[index] = town.run_due(town.start - hours{2}, index).size(); });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(told[0] + told[1] + told[2] == users.size());
  for (const UserRecord& user : users) CHECK(town.told(user, "event.reminder") == 1);
}

TEST_CASE_TEMPLATE("who comes is told that an event is moved or cancelled", Adapter, SQL_STORES) {
  EventTown town(Adapter::kUrl);
  const auto ada = town.store.add_user("ada");
  const auto bob = town.store.add_user("bob");
  const EventId id = town.publish(1);
  REQUIRE(town.go(ada, id).ok());
  REQUIRE(town.go(bob, id).ok());  // waits
  UpdateEvent moved{.id = id};
  moved.start_time = town.start + hours{24};
  moved.end_time = town.start + hours{26};
  REQUIRE(town.update(town.host, moved).ok());
  town.run_due(town.store.now());
  CHECK(town.told(ada, "event.moved") == 1);
  CHECK(town.told(bob, "event.moved") == 1);
  town.run_due(town.start - hours{1});  // of the old time: nothing
  CHECK(town.told(ada, "event.reminder") == 0);
  town.run_due(town.start);
  CHECK(town.told(ada, "event.reminder") == 1);
  REQUIRE(town.update(town.host, {.id = id, .description = "Bring water"}).ok());
  REQUIRE(town.update(town.host, {.id = id, .status = EventStatus::cancelled}).ok());
  town.run_due(town.start + hours{23});
  CHECK(town.told(ada, "event.cancelled") == 1);
  CHECK(town.told(bob, "event.cancelled") == 1);
  CHECK(town.told(ada, "event.reminder") == 1);  // of what is cancelled there is none
  CHECK(town.told(ada, "event.moved") == 1);
}

TEST_CASE_TEMPLATE("more than a transaction takes move up from the line, in their order", Adapter,
                   SQL_STORES) {
  EventTown town(Adapter::kUrl);
  std::vector<UserRecord> users;
  for (std::size_t i = 0; i < 131; ++i) users.push_back(town.store.add_user(numbered("u", i)));
  const EventId id = town.publish(1);
  for (const UserRecord& user : users) REQUIRE(town.go(user, id).ok());
  REQUIRE(town.update(town.host, {.id = id, .capacity = std::optional<std::uint32_t>()}).ok());
  CHECK(town.get(users[100], id)->rsvp->status == RsvpStatus::confirmed);
  CHECK(town.get(users[101], id)->rsvp->status == RsvpStatus::waitlisted);
  town.run_due(town.store.now());
  CHECK(town.get(users[130], id)->rsvp->status == RsvpStatus::confirmed);
  CHECK(town.get(town.host, id)->seats_taken == 131);
  CHECK(town.get(town.host, id)->waiting == 0);
}

struct Calendars {
  EventTown& town;

  Status set(const UserRecord& who, std::optional<CalendarHash> secret) {
    return town.store->await<Nothing>([&](auto done) {
      town.events().set_calendar(town.store.actor(who), secret, std::move(done));
    });
  }
  Result<CalendarFeed> read(CalendarHash secret, CalendarClient client, WallTime now) {
    return town.store->await<CalendarFeed>(
        [&](auto done) { town.events().calendar(secret, client, now, std::move(done)); });
  }
};

TEST_CASE_TEMPLATE("a calendar is found by its newest secret alone, and holds what one answered to",
                   Adapter, SQL_STORES) {
  EventTown town(Adapter::kUrl);
  Calendars calendars{town};
  const auto ada = town.store.add_user("ada");
  const EventId id = town.publish(1);
  const EventId other = town.publish(town.fields());
  const EventId left = town.publish(town.fields());
  town.publish(town.fields());
  REQUIRE(town.go(ada, id).ok());
  REQUIRE(town.answer(ada, other, RsvpWish::maybe).ok());
  REQUIRE(town.answer(ada, left, RsvpWish::declined).ok());
  CalendarHash first{};
  first.fill(1);
  CalendarHash second{};
  second.fill(2);
  const WallTime now = town.store.now();
  CHECK(outcome(calendars.read(first, CalendarClient::google, now)) == "not_found");
  REQUIRE(calendars.set(ada, first).ok());
  REQUIRE(calendars.set(ada, second).ok());
  CHECK(outcome(calendars.read(first, CalendarClient::google, now)) == "not_found");
  const auto feed = calendars.read(second, CalendarClient::google, now);
  REQUIRE(feed.ok());
  CHECK(feed->display_name == "ada");
  REQUIRE(feed->entries.size() == 2);
  CHECK(feed->entries[0].event.id == id);
  CHECK(feed->entries[0].event.rsvp->status == RsvpStatus::confirmed);
  REQUIRE(town.update(town.host, {.id = id, .status = EventStatus::cancelled}).ok());
  CHECK(calendars.read(second, CalendarClient::other, now)->entries[0].event.status ==
        EventStatus::cancelled);
  REQUIRE(calendars.set(ada, std::nullopt).ok());
  CHECK(outcome(calendars.read(second, CalendarClient::google, now)) == "not_found");
}

TEST_CASE_TEMPLATE("an answer is synced once that calendar program has been there since", Adapter,
                   SQL_STORES) {
  EventTown town(Adapter::kUrl);
  Calendars calendars{town};
  const auto ada = town.store.add_user("ada");
  const EventId id = town.publish(town.fields());
  CHECK(town.go(ada, id)->rsvp.calendar.google == CalendarSync::off);
  CalendarHash secret{};
  secret.fill(7);
  REQUIRE(calendars.set(ada, secret).ok());
  CHECK(town.get(ada, id)->rsvp->calendar.google == CalendarSync::pending);
  REQUIRE(calendars.read(secret, CalendarClient::google, town.store.now()).ok());
  // The visit is noted behind the answer; what this shard writes next comes behind it.
  REQUIRE(town.answer(town.host, id, RsvpWish::maybe).ok());
  CHECK(town.get(ada, id)->rsvp->calendar.google == CalendarSync::synced);
  CHECK(town.get(ada, id)->rsvp->calendar.apple == CalendarSync::pending);
  CHECK(town.answer(ada, id, RsvpWish::maybe)->rsvp.calendar.google == CalendarSync::pending);
}

Result<RecommendationList> recommend(EventTown& town, const UserRecord& who,
                                     const RecommendationQuery& query) {
  return town.store->await<RecommendationList>(
      [&](auto done) { town.events().recommend(town.store.actor(who), query, std::move(done)); });
}

TEST_CASE_TEMPLATE("events are recommended by interests, friends, time and people, with a reason",
                   Adapter, SQL_STORES) {
  EventTown town(Adapter::kUrl);
  NewUser fan;
  fan.id = town.store.new_user_id();
  fan.email = "fan@example.org";
  fan.password_hash = "hash";
  fan.display_name = "fan";
  fan.city = "austin";
  fan.interests_json = R"(["Hiking","music"])";
  fan.now = town.store.now();
  const auto reader = town.store->await<UserRecord>(
      [&](auto done) { town.store->accounts().create_user(fan, std::move(done)); });
  REQUIRE(reader.ok());
  const auto friendly = town.store.add_user("friend");
  CreateChat direct{.type = ChatType::direct, .id = town.store.new_chat_id()};
  direct.participants = {friendly.id};
  REQUIRE(town.store->create(town.store.actor(*reader), direct).ok());

  const auto make = [&](std::string title, std::vector<std::string> tags, std::string city = {}) {
    EventFields fields = town.fields();
    fields.title = std::move(title);
    fields.tags = std::move(tags);
    if (!city.empty()) fields.city = std::move(city);
    return town.publish(fields);
  };
  make("hike", {"hiking"});
  const EventId party = make("party", {"dance"});
  REQUIRE(town.go(friendly, party).ok());
  make("elsewhere", {"hiking"}, "Dallas");
  make("plain", {});
  REQUIRE(town.go(*reader, make("answered", {"hiking"})).ok());

  const auto list = recommend(town, *reader, {});
  REQUIRE(list.ok());
  REQUIRE(list->events.size() == 3);
  // 48 hours ahead: soon is 1 - 1 / 30 (a full day less than two), 10 points of it.
  CHECK(list->events[0].event.fields.title == "hike");
  CHECK(list->events[0].score_percent == 45);
  CHECK(list->events[0].reason == "Matches your interests");
  CHECK(list->events[1].event.fields.title == "party");
  CHECK(list->events[1].score_percent == 20);
  CHECK(list->events[1].reason == "Friends attending");
  CHECK(list->events[2].event.fields.title == "plain");
  CHECK(list->events[2].reason == "Starting soon");
  RecommendationQuery elsewhere;
  elsewhere.city = "DALLAS";
  CHECK(recommend(town, *reader, elsewhere)->events.size() == 1);
  RecommendationQuery premium;
  premium.premium_only = true;
  CHECK(recommend(town, *reader, premium)->events.empty());

  RecommendationQuery page{.limit = 1};
  std::vector<std::string> titles;
  for (bool more = true; more;) {
    const auto next = recommend(town, *reader, page);
    REQUIRE(next.ok());
    for (const auto& item : next->events) titles.push_back(item.event.fields.title);
    page.cursor = next->next_cursor;
    more = page.cursor.has_value();
  }
  CHECK(titles == std::vector<std::string>{"hike", "party", "plain"});
}

}  // namespace
}  // namespace kith
