// Broadcasts in lists of notifications: there for each member, though no member has a row.
#include <algorithm>

#include "tests/storage/erasure_town.h"
#include "tests/storage/notices_fixture.h"

namespace kith {
namespace {

ChangedBroadcast tell_club(StoreFixture& store, const UserRecord& by, const TestClub& club,
                           BroadcastAudience audience = BroadcastAudience::all,
                           std::optional<EventId> event = {}) {
  const Actor actor = store.actor(by);
  CreateBroadcast create{.club = club.id,
                         .id = BroadcastId{store.new_chat_id().uuid},
                         .content_json = R"({"type":"text","text":"Meet at nine"})",
                         .audience = audience,
                         .event = event};
  auto told = store->await<ChangedBroadcast>([&](Callback<ChangedBroadcast> done) {
    store->broadcasts()->create(actor, std::move(create), std::move(done));
  });
  REQUIRE_MESSAGE(told.ok(), told.error().message);
  return std::move(*told);
}

// Of a member's list, what is a broadcast.
std::vector<NotificationRecord> broadcasts_in(Notices& notices, const UserRecord& user) {
  auto list = notices.list(user);
  REQUIRE(list.ok());
  std::erase_if(list->items, [](const auto& item) { return item.type != "club.broadcast"; });
  return std::move(list->items);
}

std::uint64_t seen_of(StoreFixture& store, const UserRecord& by, const TestClub& club,
                      const ChangedBroadcast& told) {
  const Actor actor = store.actor(by);
  const auto record = store->await<BroadcastRecord>([&](Callback<BroadcastRecord> done) {
    store->broadcasts()->get(actor, club.id, told.broadcast.id, std::move(done));
  });
  REQUIRE_MESSAGE(record.ok(), record.error().message);
  return record->seen;
}

// Reading in the channel, up to and with the broadcast.
Result<ReadChannel> read_past(StoreFixture& store, const UserRecord& by, ChannelId channel,
                              const ChangedBroadcast& told) {
  const Actor actor = store.actor(by);
  return store->await<ReadChannel>([&](Callback<ReadChannel> done) {
    store->broadcasts()->mark_read(actor, channel, told.events[0].seq, std::move(done));
  });
}

TEST_CASE_TEMPLATE("a broadcast is in every member's list, and no row is written for one", Adapter,
                   CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  Notices notices(store);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const auto eve = store.add_user("eve");
  const TestClub club = add_club(store, ada);
  const auto before = tell_club(store, ada, club);  // nobody is in it yet
  REQUIRE(join(store, bob, club).ok());
  const std::size_t own = store.log_of(bob.id).size();
  const auto unread = notices.list(bob)->unread_count;
  const auto told = tell_club(store, ada, club);
  CHECK(store.log_of(bob.id).size() == own);
  const auto items = broadcasts_in(notices, bob);
  REQUIRE(items.size() == 1);
  CHECK(items[0].payload_json.find(told.broadcast.id.text()) != std::string::npos);
  CHECK(items[0].payload_json.find(before.broadcast.id.text()) == std::string::npos);
  CHECK_FALSE(items[0].read_at.has_value());
  CHECK(notices.list(bob)->unread_count == unread + 1);
  CHECK(broadcasts_in(notices, eve).empty());
  // One's own is not unread, and who leaves has it no more.
  CHECK(broadcasts_in(notices, ada)[0].read_at.has_value());
  REQUIRE(leave(store, bob, club).ok());
  CHECK(broadcasts_in(notices, bob).empty());
}

TEST_CASE_TEMPLATE("a broadcast is read by reading the channel, the item or the list", Adapter,
                   CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  Notices notices(store);
  const auto ada = store.add_user("ada");
  std::vector<UserRecord> members;
  const TestClub club = add_club(store, ada);
  for (const char* name : {"bob", "eve", "zoe"}) {
    members.push_back(store.add_user(name));
    REQUIRE(join(store, members.back(), club).ok());
  }
  const auto told = tell_club(store, ada, club);
  REQUIRE(read_past(store, members[0], club.id, told).ok());
  REQUIRE(notices.read(members[1], broadcasts_in(notices, members[1])[0].id).ok());
  REQUIRE(notices.read_to(members[2], broadcasts_in(notices, members[2])[0].id).ok());
  for (const UserRecord& member : members) {
    CHECK(broadcasts_in(notices, member)[0].read_at.has_value());
  }
  // Each moved a position, which is what is counted as seen.
  CHECK(seen_of(store, ada, club, told) == 3);
}

TEST_CASE_TEMPLATE("reading in the list says which broadcasts it has passed, once", Adapter,
                   CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  Notices notices(store);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const TestClub club = add_club(store, ada);
  const TestClub other = add_club(store, ada);
  for (const TestClub& each : {club, other}) REQUIRE(join(store, bob, each).ok());
  const auto one = tell_club(store, ada, club);
  const auto two = tell_club(store, ada, other);
  const auto three = tell_club(store, ada, club);
  tell_club(store, ada, other);  // stays unread
  const auto items = broadcasts_in(notices, bob);
  REQUIRE(items.size() == 4);
  const auto first = notices.read(bob, items[3].id);
  REQUIRE(first.ok());
  CHECK(first->passed == std::vector<BroadcastId>{one.broadcast.id});
  CHECK(notices.read(bob, items[3].id)->passed.empty());
  auto rest = notices.read_to(bob, items[1].id);
  REQUIRE(rest.ok());
  std::vector<BroadcastId> expected{two.broadcast.id, three.broadcast.id};
  std::ranges::sort(rest->passed);
  std::ranges::sort(expected);
  CHECK(rest->passed == expected);
  CHECK(notices.read_to(bob, items[1].id)->passed.empty());
  CHECK_FALSE(broadcasts_in(notices, bob)[0].read_at.has_value());
}

TEST_CASE_TEMPLATE("who comes later than a broadcast is none of those who have seen it", Adapter,
                   CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const TestClub club = add_club(store, ada);
  const auto told = tell_club(store, ada, club);
  CHECK(told.broadcast.audience_count == 1);
  REQUIRE(join(store, bob, club).ok());
  for (const UserRecord* user : {&ada, &bob}) {
    REQUIRE(read_past(store, *user, club.id, told).ok());
  }
  CHECK(seen_of(store, ada, club, told) == 1);
}

TEST_CASE_TEMPLATE("what an event's guests are told is in their lists, and seen by reading it",
                   Adapter, CLUB_STORES) {
  ErasureTown town(Adapter::kUrl);
  StoreFixture& store = town.store;
  Notices notices(store);
  const TestClub club = add_club(store, town.host);
  CreateEvent create{.club = club.id, .fields = town.fields()};
  const auto made = town.create(town.host, create);
  REQUIRE_MESSAGE(made.ok(), made.error().message);
  const EventId event = made->event.id;
  REQUIRE(town.update(town.host, {.id = event, .status = EventStatus::published}).ok());
  REQUIRE(town.go(town.ada, event).ok());  // in no club: the event is for everybody
  REQUIRE(town.answer(town.bob, event, RsvpWish::maybe).ok());
  REQUIRE(town.answer(town.cam, event, RsvpWish::declined).ok());
  const auto told = tell_club(store, town.host, club, BroadcastAudience::guests, event);
  CHECK(told.broadcast.audience_count == 2);
  CHECK(broadcasts_in(notices, town.cam).empty());
  const auto items = broadcasts_in(notices, town.ada);
  REQUIRE(items.size() == 1);
  CHECK(items[0].payload_json.find(told.broadcast.id.text()) != std::string::npos);
  CHECK_FALSE(items[0].read_at.has_value());
  CHECK(seen_of(store, town.host, club, told) == 0);
  CHECK(notices.read(town.ada, items[0].id)->passed == std::vector<BroadcastId>{told.broadcast.id});
  CHECK(seen_of(store, town.host, club, told) == 1);
  CHECK(broadcasts_in(notices, town.ada)[0].read_at.has_value());
  const auto read = read_past(store, town.bob, event, told);
  REQUIRE_MESSAGE(read.ok(), read.error().message);
  CHECK(read->passed == std::vector<BroadcastId>{told.broadcast.id});
  CHECK(seen_of(store, town.host, club, told) == 2);
  // Who comes no more has it no more.
  REQUIRE(town.answer(town.ada, event, RsvpWish::declined).ok());
  CHECK(broadcasts_in(notices, town.ada).empty());
}

TEST_CASE_TEMPLATE("what a role is told is in the lists of those who have it", Adapter,
                   CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  Notices notices(store);
  const auto ada = store.add_user("ada");
  const auto bob = store.add_user("bob");
  const TestClub club = add_club(store, ada);
  REQUIRE(join(store, bob, club).ok());
  tell_club(store, ada, club, BroadcastAudience::role);  // of members
  CHECK(broadcasts_in(notices, bob).size() == 1);
  CHECK(broadcasts_in(notices, ada).empty());
}

}  // namespace
}  // namespace kith
