// Within one process both registries are the same.
#include "storage/local_presence.h"

#include <doctest/doctest.h>

#include <thread>

#include "storage/cluster_presence.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

const ChannelId kRoom(IdKind::chat, Uuid{1});
UserId user(std::uint8_t number) {
  return UserId{Uuid{number}};
}
SteadyTime at(std::chrono::seconds since) {
  return SteadyTime{since};
}

}  // namespace

TEST_CASE_TEMPLATE("presence counts users, not sessions", Presence, LocalPresence,
                   ClusterPresence) {
  Presence presence;
  CHECK(presence.enter(kRoom, user(1)).came);
  const auto again = presence.enter(kRoom, user(1));
  CHECK_FALSE(again.came);
  CHECK(again.count == 1);
  CHECK(presence.enter(kRoom, user(2)).count == 2);
  CHECK(presence.sessions(kRoom, user(1)) == 2);
  CHECK_FALSE(presence.leave(kRoom, user(1), at(1s)).last_session);
  CHECK(presence.leave(kRoom, user(1), at(2s)).last_session);
  CHECK(presence.snapshot(kRoom, 10).count == 2);  // in the grace time
  CHECK(presence.expire(kRoom, user(1), at(2s)) == 1);
  CHECK(presence.sessions(kRoom, user(1)) == 0);
}

TEST_CASE_TEMPLATE("whoever comes back in the grace time never went", Presence, LocalPresence,
                   ClusterPresence) {
  Presence presence;
  presence.enter(kRoom, user(1));
  presence.leave(kRoom, user(1), at(1s));
  CHECK_FALSE(presence.enter(kRoom, user(1)).came);
  CHECK_FALSE(presence.expire(kRoom, user(1), at(1s)).has_value());
  // A later leave, on another shard: the earlier timer does not see the user out.
  presence.leave(kRoom, user(1), at(5s));
  CHECK_FALSE(presence.expire(kRoom, user(1), at(1s)).has_value());
  CHECK(presence.expire(kRoom, user(1), at(5s)) == 0);
  CHECK_FALSE(presence.expire(kRoom, user(1), at(5s)).has_value());
  CHECK(presence.enter(kRoom, user(1)).came);
}

TEST_CASE_TEMPLATE("a snapshot names the first to arrive", Presence, LocalPresence,
                   ClusterPresence) {
  Presence presence;
  for (const int number : {5, 3, 9, 1}) {
    presence.enter(kRoom, user(static_cast<std::uint8_t>(number)));
  }
  const auto snapshot = presence.snapshot(kRoom, 3);
  CHECK(snapshot.count == 4);
  CHECK(snapshot.users == std::vector<UserId>{user(5), user(3), user(9)});
  CHECK(presence.snapshot(ChannelId(user(1)), 3).count == 0);
}

TEST_CASE_TEMPLATE("shards may come and go at once", Presence, LocalPresence, ClusterPresence) {
  Presence presence;
  std::vector<std::thread> threads;
  for (std::uint8_t shard = 1; shard <= 4; ++shard) {
    threads.emplace_back([&presence, shard] {
      for (int i = 0; i < 2000; ++i) {
        presence.enter(kRoom, user(1));
        presence.enter(kRoom, user(static_cast<std::uint8_t>(shard + 1)));
        presence.leave(kRoom, user(1), at(1s));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(presence.sessions(kRoom, user(1)) == 0);
  CHECK(presence.snapshot(kRoom, 10).count == 5);
}

}  // namespace kith
