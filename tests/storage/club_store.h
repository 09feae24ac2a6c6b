// Clubs in a store fixture, for tests of what stands about them.
#pragma once

#include "engine/ports/broadcasts.h"
#include "tests/storage/store_fixture.h"

namespace kith {

#define CLUB_STORES SqliteAdapter, PostgresAdapter

struct TestClub {
  ClubId id;
  ChatId chat;
};

inline Clubs& clubs_of(StoreFixture& store) {
  REQUIRE(store->clubs() != nullptr);
  return *store->clubs();
}

inline Result<CreatedClub> make_club(StoreFixture& store, const UserRecord& owner,
                                     CreateClub create) {
  create.chat = store.new_chat_id();
  create.id.uuid = store.new_chat_id().uuid;
  const Actor actor = store.actor(owner);
  return store->await<CreatedClub>([&](Callback<CreatedClub> done) {
    clubs_of(store).create(actor, std::move(create), std::move(done));
  });
}
inline TestClub add_club(StoreFixture& store, const UserRecord& owner,
                         ClubPrivacy privacy = ClubPrivacy::open) {
  CreateClub create;
  create.name = "Austin Adventurers";
  create.privacy = privacy;
  auto made = make_club(store, owner, std::move(create));
  REQUIRE_MESSAGE(made.ok(), made.error().message);
  return {.id = made->club.id, .chat = made->club.chat};
}
inline Result<MembershipChange> join(StoreFixture& store, const UserRecord& user,
                                     const TestClub& club) {
  const Actor actor = store.actor(user);
  return store->await<MembershipChange>([&](Callback<MembershipChange> done) {
    clubs_of(store).join(actor, club.id, "hello", std::move(done));
  });
}
inline Result<MembershipChange> leave(StoreFixture& store, const UserRecord& user,
                                      const TestClub& club) {
  const Actor actor = store.actor(user);
  return store->await<MembershipChange>([&](Callback<MembershipChange> done) {
    clubs_of(store).leave(actor, club.id, std::move(done));
  });
}
inline Result<MembershipChange> change(StoreFixture& store, const UserRecord& by,
                                       ChangeMember change) {
  const Actor actor = store.actor(by);
  return store->await<MembershipChange>([&](Callback<MembershipChange> done) {
    clubs_of(store).change_member(actor, std::move(change), std::move(done));
  });
}
inline Result<ClubRecord> get(StoreFixture& store, const UserRecord& reader, const TestClub& club) {
  const Actor actor = store.actor(reader);
  return store->await<ClubRecord>(
      [&](Callback<ClubRecord> done) { clubs_of(store).get(actor, club.id, std::move(done)); });
}

// "club.member participant.join ..."
inline std::string types_of(const std::vector<DurableEvent>& events) {
  std::string types;
  for (const DurableEvent& event : events) {
    if (!types.empty()) types += ' ';
    types += to_string(event.type);
  }
  return types;
}

}  // namespace kith
