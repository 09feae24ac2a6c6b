// Broadcasts in lists of notifications: there for each member, though no member has a row.
#include <algorithm>

#include "tests/storage/club_store.h"
#include "tests/storage/notices_fixture.h"

namespace kith {
namespace {

ChangedBroadcast tell_club(StoreFixture& store, const UserRecord& by, const TestClub& club,
                           BroadcastAudience audience = BroadcastAudience::all) {
  const Actor actor = store.actor(by);
  CreateBroadcast create{.club = club.id,
                         .id = BroadcastId{store.new_chat_id().uuid},
                         .content_json = R"({"type":"text","text":"Meet at nine"})",
                         .audience = audience};
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
  const Actor actor = store.actor(members[0]);
  REQUIRE(store
              ->await<ReadChannel>([&](Callback<ReadChannel> done) {
                store->broadcasts()->mark_read(actor, club.id, told.events[0].seq, std::move(done));
              })
              .ok());
  REQUIRE(notices.read(members[1], broadcasts_in(notices, members[1])[0].id).ok());
  REQUIRE(notices.read_to(members[2], broadcasts_in(notices, members[2])[0].id).ok());
  for (const UserRecord& member : members) {
    CHECK(broadcasts_in(notices, member)[0].read_at.has_value());
  }
  // The first two moved a position, which is what is counted as seen.
  const Actor author = store.actor(ada);
  const auto record = store->await<BroadcastRecord>([&](Callback<BroadcastRecord> done) {
    store->broadcasts()->get(author, club.id, told.broadcast.id, std::move(done));
  });
  CHECK(record->seen == 2);
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
