// Events: making, changing and seeing them.
#include <algorithm>

#include "tests/storage/event_town.h"

namespace kith {
namespace {

TEST_CASE_TEMPLATE("a new event is a draft that its maker alone sees, with a chat of its own",
                   Adapter, SQL_STORES) {
  EventTown town(Adapter::kUrl);
  const auto ada = town.store.add_user("ada");
  EventFields fields = town.fields();
  fields.capacity = 25;
  fields.ticketing = {.paid = true, .price_cents = 1500, .currency = "USD"};
  const auto made = town.create(town.host, {.fields = fields});
  REQUIRE_MESSAGE(made.ok(), made.error().message);
  CHECK(made->event.status == EventStatus::draft);
  CHECK(made->event.version == 1);
  CHECK(made->event.organizes);
  CHECK(made->events.size() == 2);  // into the chat, and told of it

  const auto seen = town.get(town.host, made->event.id);
  REQUIRE(seen.ok());
  CHECK(seen->fields.title == fields.title);
  CHECK(seen->fields.description == fields.description);
  CHECK(seen->fields.start_time == fields.start_time);
  CHECK(seen->fields.end_time == fields.end_time);
  CHECK(seen->fields.place == fields.place);
  CHECK(seen->fields.capacity == 25);
  CHECK(seen->fields.tags == fields.tags);
  CHECK(seen->fields.ticketing.price_cents == 1500);
  CHECK(seen->fields.ticketing.currency == "USD");
  CHECK(seen->creator == town.host.id);
  CHECK_FALSE(seen->rsvp.has_value());
  CHECK(outcome(town.get(ada, made->event.id)) == "not_found");
  CHECK(outcome(town.update(ada, {.id = made->event.id, .title = "Mine"})) == "not_found");

  const auto chat = town.store->get(town.store.actor(town.host), seen->chat);
  REQUIRE(chat.ok());
  CHECK(chat->type == ChatType::event);
  CHECK(chat->name == fields.title);
  CHECK(chat->role == ParticipantRole::owner);
}

TEST_CASE_TEMPLATE("a maker without a city gives their own to the event", Adapter, SQL_STORES) {
  EventTown town(Adapter::kUrl);
  EventFields fields = town.fields();
  fields.city.clear();
  CHECK(town.get(town.host, town.draft(fields))->fields.city == "Austin");
}

TEST_CASE_TEMPLATE("publishing shows an event to everybody, and says so on its channel", Adapter,
                   SQL_STORES) {
  EventTown town(Adapter::kUrl);
  const auto ada = town.store.add_user("ada");
  const EventId id = town.draft(town.fields());
  CHECK(outcome(town.store->attach(ChannelId(id), town.host.key)) == "forbidden");
  const auto published = town.update(town.host, {.id = id, .status = EventStatus::published});
  REQUIRE(published.ok());
  CHECK(published->event.status == EventStatus::published);
  CHECK(published->event.version == 2);
  CHECK(town.get(ada, id)->status == EventStatus::published);
  CHECK_FALSE(town.get(ada, id)->organizes);
  CHECK(outcome(town.store->attach(ChannelId(id), ada.key)) == "ok");
  CHECK(outcome(town.update(ada, {.id = id, .title = "Mine"})) == "forbidden");

  const auto log = town.store.log_of(ChannelId(id));
  REQUIRE(log.size() == 1);
  CHECK(log[0].type == EventType::event_updated);
  CHECK(log[0].payload.find(R"("event":{"id":")" + id.text()) != std::string::npos);
  CHECK(log[0].payload.find(R"("status":"published")") != std::string::npos);
  CHECK(log[0].payload.find("my_rsvp") == std::string::npos);
  // Again changes nothing.
  const auto again = town.update(town.host, {.id = id, .status = EventStatus::published});
  REQUIRE(again.ok());
  CHECK(again->events.empty());
  CHECK(again->event.version == 2);
}

TEST_CASE_TEMPLATE("a lost update is refused, and changes nothing", Adapter, SQL_STORES) {
  EventTown town(Adapter::kUrl);
  const EventId id = town.draft(town.fields());
  REQUIRE(town.update(town.host, {.id = id, .expected_version = 1, .title = "First"}).ok());
  const auto lost = town.update(town.host, {.id = id, .expected_version = 1, .title = "Second"});
  REQUIRE_FALSE(lost.ok());
  CHECK(lost.error().code == ErrorCode::conflict);
  CHECK(lost.error().field == kVersionField);
  CHECK(town.get(town.host, id)->fields.title == "First");
  CHECK(
      town.update(town.host, {.id = id, .expected_version = 2, .title = "Third"})->event.version ==
      3);
}

TEST_CASE_TEMPLATE("every field changes, and is taken away where it may be absent", Adapter,
                   SQL_STORES) {
  EventTown town(Adapter::kUrl);
  const EventId id = town.draft(town.fields());
  UpdateEvent update{.id = id};
  update.title = "Night Hike";
  update.description = "Bring a lamp";
  update.start_time = town.start + std::chrono::hours{1};
  update.end_time = town.start + std::chrono::hours{2};
  update.place = std::optional<EventPlace>();
  update.city = "Dallas";
  update.capacity = std::optional<std::uint32_t>(7);
  update.tags = std::vector<std::string>{"night", "\"quoted\" \\ and more"};
  update.visibility = EventVisibility::link;
  update.premium_only = true;
  update.ticketing = Ticketing{.paid = true, .price_cents = 5, .currency = "EUR"};
  const auto changed = town.update(town.host, update);
  REQUIRE_MESSAGE(changed.ok(), changed.error().message);
  const EventFields now = town.get(town.host, id)->fields;
  CHECK(now.title == "Night Hike");
  CHECK(now.description == "Bring a lamp");
  CHECK(now.start_time == *update.start_time);
  CHECK(now.end_time == *update.end_time);
  CHECK_FALSE(now.place.has_value());
  CHECK(now.city == "Dallas");
  CHECK(now.capacity == 7);
  CHECK(now.tags == *update.tags);
  CHECK(now.visibility == EventVisibility::link);
  CHECK(now.premium_only);
  CHECK(now.ticketing.currency == "EUR");
  const auto chat = town.store->get(town.store.actor(town.host), changed->event.chat);
  CHECK(chat->name == "Night Hike");
  REQUIRE(town.update(town.host, {.id = id, .capacity = std::optional<std::uint32_t>()}).ok());
  CHECK_FALSE(town.get(town.host, id)->fields.capacity.has_value());
}

std::string refused_field(const Result<ChangedEvent>& changed) {
  return changed ? std::string() : changed.error().field;
}

TEST_CASE_TEMPLATE("an event goes from draft to published to cancelled, and nowhere else", Adapter,
                   SQL_STORES) {
  EventTown town(Adapter::kUrl);
  const EventId id = town.publish(town.fields());
  CHECK(refused_field(town.update(town.host, {.id = id, .status = EventStatus::draft})) ==
        "status");
  CHECK(refused_field(town.update(town.host, {.id = id, .visibility = EventVisibility::link})) ==
        "visibility");
  REQUIRE(town.update(town.host, {.id = id, .status = EventStatus::cancelled}).ok());
  for (const UpdateEvent& update : {UpdateEvent{.id = id, .status = EventStatus::published},
                                    UpdateEvent{.id = id, .title = "After all"}}) {
    const auto refused = town.update(town.host, update);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::conflict);
  }
  EventFields past = town.fields();
  past.start_time = WallTime{std::chrono::milliseconds{1'600'000'000'000}};
  past.end_time = past.start_time + std::chrono::hours{1};
  const EventId over = town.draft(past);
  CHECK(refused_field(town.update(town.host, {.id = over, .status = EventStatus::published})) ==
        "end_time");
}

TEST_CASE_TEMPLATE("an event must end behind its beginning, within 31 days", Adapter, SQL_STORES) {
  EventTown town(Adapter::kUrl);
  const EventId id = town.draft(town.fields());
  for (const auto length : {std::chrono::hours{0}, std::chrono::hours{-1}, kEventLengthMax * 2}) {
    const auto refused = town.update(town.host, {.id = id, .end_time = town.start + length});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::bad_request);
    CHECK(refused.error().field == "end_time");
  }
}

TEST_CASE_TEMPLATE("an Idempotency-Key makes one event", Adapter, SQL_STORES) {
  EventTown town(Adapter::kUrl);
  CreateEvent create{.fields = town.fields()};
  create.idempotency = Idempotency{.path = "/events", .key = "k1", .request_digest = "d1"};
  const auto first = town.create(town.host, create);
  const auto again = town.create(town.host, create);
  REQUIRE(first.ok());
  REQUIRE(again.ok());
  CHECK(first->event.id == again->event.id);
  CHECK(again->events.empty());
  create.idempotency->request_digest = "d2";
  CHECK(outcome(town.create(town.host, create)) == "conflict");
}

EventFields at(const EventTown& town, std::string title, double hours, GeoPoint point) {
  EventFields fields = town.fields();
  fields.title = std::move(title);
  fields.start_time = town.start + std::chrono::minutes{static_cast<std::int64_t>(hours * 60)};
  fields.end_time = fields.start_time + std::chrono::hours{1};
  fields.place->point = point;
  return fields;
}
std::vector<std::string> titles(const Result<EventList>& list) {
  std::vector<std::string> out;
  REQUIRE(list.ok());
  for (const EventRecord& event : list->events) out.push_back(event.fields.title);
  return out;
}
using Titles = std::vector<std::string>;

TEST_CASE_TEMPLATE("lists go by time, page by page, and leave out what is not for all", Adapter,
                   SQL_STORES) {
  EventTown town(Adapter::kUrl);
  const auto ada = town.store.add_user("ada");
  const GeoPoint here{.latitude_e7 = 302'850'000, .longitude_e7 = -977'350'000};
  for (int i = 0; i < 5; ++i) town.publish(at(town, numbered("e", 4 - i), 4 - i, here));
  town.draft(at(town, "draft", 1, here));
  EventFields unlisted = at(town, "unlisted", 1, here);
  const auto hidden =
      town.create(town.host, {.fields = unlisted, .visibility = EventVisibility::link});
  REQUIRE(town.update(town.host, {.id = hidden->event.id, .status = EventStatus::published}).ok());
  CHECK(town.get(ada, hidden->event.id).ok());  // by its id
  const EventId gone = town.publish(at(town, "cancelled", 1, here));
  REQUIRE(town.update(town.host, {.id = gone, .status = EventStatus::cancelled}).ok());

  EventQuery query{.limit = 2};
  Titles all;
  for (bool more = true; more;) {
    const auto page = town.list(ada, query);
    for (const std::string& title : titles(page)) all.push_back(title);
    query.cursor = page->next_cursor;
    more = query.cursor.has_value();
  }
  CHECK(all == Titles{"e0", "e1", "e2", "e3", "e4"});
  CHECK(outcome(town.list(ada, {.cursor = "nonsense"})) == "bad_request");
  CHECK(titles(town.list(ada, {.from = town.start + std::chrono::minutes{150},
                               .until = town.start + std::chrono::hours{4}})) ==
        Titles{"e2", "e3"});  // e2 is under way then
  CHECK(titles(town.list(ada, {.of = EventQuery::Of::organizing})).empty());
  CHECK(titles(town.list(town.host, {.of = EventQuery::Of::organizing})).size() == 8);
  REQUIRE(town.answer(ada, hidden->event.id, RsvpWish::maybe).ok());
  CHECK(titles(town.list(ada, {.of = EventQuery::Of::attending})) == Titles{"unlisted"});
}

TEST_CASE_TEMPLATE("the map finds what lies in a box or a circle, also over the 180th meridian",
                   Adapter, SQL_STORES) {
  EventTown town(Adapter::kUrl);
  const auto ada = town.store.add_user("ada");
  const auto point = [](double latitude, double longitude) {
    return GeoPoint{.latitude_e7 = static_cast<std::int32_t>(latitude * 1e7),
                    .longitude_e7 = static_cast<std::int32_t>(longitude * 1e7)};
  };
  town.publish(at(town, "austin", 0, point(30.27, -97.74)));
  town.publish(at(town, "round rock", 1, point(30.51, -97.68)));  // 27 km to the north
  town.publish(at(town, "fiji", 2, point(-17.8, 178.4)));
  town.publish(at(town, "samoa", 3, point(-13.8, -171.8)));
  EventFields nowhere = at(town, "online", 4, {});
  nowhere.place.reset();
  town.publish(nowhere);

  const auto in_box = [&](GeoPoint south_west, GeoPoint north_east) {
    EventQuery query;
    query.box = GeoBox{.south_west = south_west, .north_east = north_east};
    return titles(town.list(ada, query));
  };
  CHECK(in_box(point(30, -98), point(31, -97)) == Titles{"austin", "round rock"});
  CHECK(in_box(point(30, -98), point(30.4, -97)) == Titles{"austin"});
  CHECK(in_box(point(-20, 175), point(-10, -170)) == Titles{"fiji", "samoa"});
  CHECK(in_box(point(-20, -179), point(-10, 179)) == Titles{"fiji", "samoa"});
  const auto in_circle = [&](GeoPoint centre, double km) {
    EventQuery query;
    query.circle = GeoCircle{.centre = centre, .radius_km = km};
    return titles(town.list(ada, query));
  };
  CHECK(in_circle(point(30.27, -97.74), 20) == Titles{"austin"});
  CHECK(in_circle(point(30.27, -97.74), 30) == Titles{"austin", "round rock"});
  CHECK(in_circle(point(-17.8, -179.9), 250) == Titles{"fiji"});
  CHECK(in_circle(point(89.9, 0), 500).empty());
}

TEST_CASE_TEMPLATE("a chat of an event takes in and lets go nobody but by their answer", Adapter,
                   SQL_STORES) {
  EventTown town(Adapter::kUrl);
  const auto ada = town.store.add_user("ada");
  const EventId id = town.publish(town.fields());
  const ChatId chat = town.get(town.host, id)->chat;
  CHECK(outcome(town.store->add(town.store.actor(town.host), chat, ada.id)) == "conflict");
  REQUIRE(town.go(ada, id).ok());
  CHECK(outcome(town.store->drop(town.store.actor(ada), chat, ada.id)) == "conflict");
  CHECK(town.in_chat(ada, id));
}

}  // namespace
}  // namespace kith
