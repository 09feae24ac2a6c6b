// A town of whom one is to be forgotten, for tests of erasures.
#pragma once

#include <algorithm>
#include <iterator>

#include "engine/ports/profiles.h"
#include "tests/storage/club_store.h"
#include "tests/storage/event_town.h"

namespace kith {

class ErasureTown : public EventTown {
 public:
  explicit ErasureTown(const std::string& url, std::size_t shards = 1) : EventTown(url, shards) {
    ada = store.add_user("ada");
    bob = store.add_user("bob");
    cam = store.add_user("cam");
  }

  UserRecord ada;  // who is forgotten
  UserRecord bob;
  UserRecord cam;

  Profiles& profiles(std::size_t shard = 0) { return store.shard(shard).profiles(); }

  Result<Committed> erase(const UserRecord& who) {
    const AuthSessionId login = store.new_session_id();
    return store->await<Committed>(
        [&](auto done) { profiles().erase(store.actor(who), login, std::move(done)); });
  }
  Result<ErasureWork> one_step(WallTime now, std::size_t shard = 0) {
    return store.shard(shard).await<ErasureWork>(
        [&](auto done) { profiles(shard).run_erasures(now, std::move(done)); });
  }
  // To the end; all events, in order.
  std::vector<DurableEvent> finish() {
    store.advance(std::chrono::seconds{10});
    std::vector<DurableEvent> out;
    for (bool more = true; more;) {
      auto work = one_step(store.now());
      REQUIRE_MESSAGE(work.ok(), work.error().message);
      std::move(work->events.begin(), work->events.end(), std::back_inserter(out));
      more = work->more;
    }
    return out;
  }
  std::vector<DurableEvent> forget(const UserRecord& who) {
    const auto begun = erase(who);
    REQUIRE_MESSAGE(begun.ok(), begun.error().message);
    return finish();
  }

  Clubs& clubs() { return clubs_of(store); }
  Result<CreatedPost> post(const UserRecord& who, const TestClub& club, std::string content) {
    CreatePost create;
    create.club = club.id;
    create.id = PostId{store.new_chat_id().uuid};
    create.content = std::move(content);
    return store->await<CreatedPost>(
        [&](auto done) { clubs().post(store.actor(who), create, std::move(done)); });
  }
  Result<Committed> remove_post(const UserRecord& who, const TestClub& club, PostId post) {
    return store->await<Committed>(
        [&](auto done) { clubs().remove_post(store.actor(who), club.id, post, std::move(done)); });
  }
  // Its items, as they are shown.
  std::string feed(const UserRecord& who, const TestClub& club) {
    const auto page = store->await<FeedPage>([&](auto done) {
      clubs().feed(store.actor(who), club.id, std::nullopt, 50, std::move(done));
    });
    REQUIRE_MESSAGE(page.ok(), page.error().message);
    std::string out;
    for (const FeedItem& item : page->items) out += item.json + '\n';
    return out;
  }
  Result<ChangedBroadcast> tell(const UserRecord& who, const TestClub& club, std::string text,
                                std::optional<WallTime> send_at = {}) {
    CreateBroadcast create;
    create.club = club.id;
    create.id = BroadcastId{store.new_chat_id().uuid};
    create.content_json = R"({"type":"text","text":")" + text + "\"}";
    create.send_at = send_at;
    return store->await<ChangedBroadcast>([&](auto done) {
      store->broadcasts()->create(store.actor(who), std::move(create), std::move(done));
    });
  }
  void give_role(const UserRecord& by, const TestClub& club, const UserRecord& user,
                 ClubRole role) {
    ChangeMember wanted;
    wanted.club = club.id;
    wanted.user = user.id;
    wanted.action = ChangeMember::Action::role;
    wanted.role = role;
    REQUIRE(change(store, by, wanted).ok());
  }
  // An event of the club's, for its members, published by the one who makes it.
  EventId club_event(const UserRecord& who, const TestClub& club,
                     std::optional<std::uint32_t> capacity = {}) {
    EventFields wanted = fields();
    wanted.capacity = capacity;
    const auto made =
        create(who, {.club = club.id, .fields = wanted, .visibility = EventVisibility::club});
    REQUIRE_MESSAGE(made.ok(), made.error().message);
    REQUIRE(update(who, {.id = made->event.id, .status = EventStatus::published}).ok());
    return made->event.id;
  }
  // Everything that the channel's log tells, as text.
  std::string told_in(const ChannelId& channel) {
    std::string out;
    for (const DurableEvent& event : store.log_of(channel)) append_event_json(out, event);
    return out;
  }
};

// How many of this type are about this user.
inline int count_of_type(const std::vector<DurableEvent>& events, EventType type) {
  return static_cast<int>(std::ranges::count(events, type, &DurableEvent::type));
}

}  // namespace kith
