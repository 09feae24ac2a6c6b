// Events in a store, for contract tests: shorthands for what most of them do first. Times run from
// the fixture's clock.
#pragma once

#include "engine/ports/events.h"
#include "tests/storage/store_fixture.h"

namespace kith {

#define SQL_STORES SqliteAdapter, PostgresAdapter

class EventTown {
 public:
  explicit EventTown(const std::string& url, std::size_t shards = 1) : store(url, {}, shards) {
    host = store.add_user("host");
  }

  StoreFixture store;
  UserRecord host;

  Events& events(std::size_t shard = 0) { return store.shard(shard).events(); }

  // "Sunset Hike", tomorrow for three hours.
  EventFields fields() const {
    EventFields out;
    out.title = "Sunset Hike";
    out.description = "Join us";
    out.start_time = start;
    out.end_time = start + std::chrono::hours{3};
    out.place =
        EventPlace{.name = "Barton Creek",
                   .point = GeoPoint{.latitude_e7 = 302'850'000, .longitude_e7 = -977'350'000}};
    out.city = "Austin";
    out.tags = {"outdoors"};
    return out;
  }
  WallTime start{std::chrono::milliseconds{1'714'000'000'000 + 48 * 3'600'000LL}};

  Result<ChangedEvent> create(const UserRecord& who, CreateEvent create) {
    create.id = EventId{store.new_user_id().uuid};
    create.chat = store.new_chat_id();
    if (!create.visibility) create.visibility = EventVisibility::everybody;
    return store->await<ChangedEvent>(
        [&](auto done) { events().create(store.actor(who), create, std::move(done)); });
  }
  Result<ChangedEvent> update(const UserRecord& who, UpdateEvent update) {
    return store->await<ChangedEvent>(
        [&](auto done) { events().update(store.actor(who), update, std::move(done)); });
  }
  EventId draft(const EventFields& fields) {
    const auto made = create(host, {.fields = fields});
    REQUIRE_MESSAGE(made.ok(), made.error().message);
    return made->event.id;
  }
  EventId publish(const EventFields& fields) {
    const EventId id = draft(fields);
    const auto done = update(host, {.id = id, .status = EventStatus::published});
    REQUIRE_MESSAGE(done.ok(), done.error().message);
    return id;
  }
  EventId publish(std::optional<std::uint32_t> capacity) {
    EventFields wanted = fields();
    wanted.capacity = capacity;
    return publish(wanted);
  }
  Result<ChangedRsvp> answer(const UserRecord& who, EventId event, RsvpWish wish,
                             std::uint32_t guests = 0) {
    const SetRsvp rsvp{.event = event,
                       .id = RsvpId{store.new_user_id().uuid},
                       .wish = wish,
                       .guest_count = guests};
    return store->await<ChangedRsvp>(
        [&](auto done) { events().rsvp(store.actor(who), rsvp, std::move(done)); });
  }
  Result<ChangedRsvp> go(const UserRecord& who, EventId event, std::uint32_t guests = 0) {
    return answer(who, event, RsvpWish::going, guests);
  }
  // "confirmed", ... or the error's code.
  std::string_view comes_to(const Result<ChangedRsvp>& changed) {
    return changed ? to_string(changed->rsvp.status) : to_string(changed.error().code);
  }
  Result<EventRecord> get(const UserRecord& who, EventId event) {
    return store->await<EventRecord>(
        [&](auto done) { events().get(store.actor(who), event, std::move(done)); });
  }
  Result<EventList> list(const UserRecord& who, EventQuery query) {
    return store->await<EventList>(
        [&](auto done) { events().list(store.actor(who), query, std::move(done)); });
  }
  // Everything that is due at this time.
  std::vector<DurableEvent> run_due(WallTime now, std::size_t shard = 0) {
    std::vector<DurableEvent> out;
    for (bool more = true; more;) {
      auto done = store.shard(shard).await<DueWork>(
          [&](auto callback) { events(shard).run_due(now, std::move(callback)); });
      REQUIRE_MESSAGE(done.ok(), done.error().message);
      for (DurableEvent& event : done->events) out.push_back(std::move(event));
      more = done->more;
    }
    return out;
  }
  // How many notifications of this type the user has.
  int told(const UserRecord& who, std::string_view type) {
    int out = 0;
    const std::string wanted = "\"type\":\"" + std::string(type) + '"';
    for (const DurableEvent& event : store.log_of(who.id)) {
      out += event.payload.find(wanted) != std::string::npos ? 1 : 0;
    }
    return out;
  }
  bool in_chat(const UserRecord& who, EventId event) {
    return store->access(who.key, get(host, event)->chat).ok();
  }
};

}  // namespace kith
