#include "storage/cluster_presence.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace kith {
namespace {

using namespace std::chrono_literals;

const ChannelId kRoom(IdKind::chat, Uuid{1});

UserId user(std::uint8_t number) {
  return UserId{Uuid{number}};
}

// Nodes whose announcements reach the others, or not, at once. Time passes in ticks.
class Nodes {
 public:
  static constexpr std::chrono::milliseconds kTick{250};

  struct Node {
    Uuid id{};
    ClusterPresence presence;
    bool alive = true;
    bool connected = true;
    std::vector<std::string> told;  // "+3" came, "-3" left: for its shards
  };

  explicit Nodes(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      nodes.push_back(std::make_unique<Node>());
      nodes.back()->id = Uuid{static_cast<std::uint8_t>(i + 1)};
    }
    run(1s);
  }

  void run(SteadyTime::duration time) {
    for (const SteadyTime end = now + time; now < end; now += kTick) tick();
  }
  Node& operator[](std::size_t index) { return *nodes[index]; }
  std::uint32_t count(std::size_t node) { return nodes[node]->presence.snapshot(kRoom, 0).count; }

  SteadyTime now{1h};
  std::vector<std::unique_ptr<Node>> nodes;

 private:
  void tell(Node& node, const std::vector<BusEventPtr>& events) {
    for (const BusEventPtr& event : events) {
      CHECK(event->kind == BusKind::presence);
      node.told.push_back((event->start ? "+" : "-") + std::to_string(event->user.uuid[0]));
    }
  }
  void tick() {
    for (const auto& from : nodes) {
      if (!from->alive) continue;
      for (const Announcement& announcement : from->presence.due(now)) {
        for (const auto& to : nodes) {
          if (to == from || !to->alive || !to->connected || !from->connected) continue;
          tell(*to, to->presence.hear(from->id, announcement, now));
        }
      }
      tell(*from, from->presence.sweep(now));
    }
  }
};

}  // namespace

TEST_CASE("users of another node are present within a tick, in both directions") {
  Nodes nodes(2);
  nodes[0].presence.enter(kRoom, user(1));
  nodes.run(1s);
  CHECK(nodes.count(1) == 0);  // nobody of its own is there: it does not follow the channel
  nodes[1].presence.enter(kRoom, user(2));
  nodes.run(1s);
  CHECK(nodes.count(0) == 2);
  CHECK(nodes.count(1) == 2);  // it has asked
  CHECK(nodes[0].told == std::vector<std::string>{"+2"});
  CHECK(nodes[1].told == std::vector<std::string>{"+1"});
}

TEST_CASE("who left another node is gone after the grace time, and said to be once") {
  Nodes nodes(3);
  for (std::uint8_t i = 0; i < 3; ++i) {
    nodes[i].presence.enter(kRoom, user(static_cast<std::uint8_t>(i + 1)));
  }
  nodes.run(2s);
  for (std::size_t i = 0; i < 3; ++i) nodes[i].told.clear();
  CHECK(nodes[2].presence.leave(kRoom, user(3), nodes.now).last_session);
  nodes.run(14s);
  CHECK(nodes.count(0) == 3);
  nodes.run(2s);
  CHECK(nodes.count(0) == 2);
  CHECK(nodes[0].told == std::vector<std::string>{"-3"});
  CHECK(nodes[1].told == std::vector<std::string>{"-3"});
}

TEST_CASE("who moves to another node within the grace time never went") {
  Nodes nodes(2);
  nodes[0].presence.enter(kRoom, user(1));
  nodes[0].presence.enter(kRoom, user(9));
  nodes[1].presence.enter(kRoom, user(2));
  nodes.run(2s);
  nodes[0].told.clear();
  nodes[1].told.clear();
  const SteadyTime left_at = nodes.now;
  nodes[0].presence.leave(kRoom, user(9), left_at);
  nodes.run(5s);
  CHECK_FALSE(nodes[1].presence.enter(kRoom, user(9)).came);
  nodes.run(20s);
  CHECK_FALSE(nodes[0].presence.expire(kRoom, user(9), left_at).has_value());
  nodes.run(60s);
  CHECK(nodes.count(0) == 3);
  CHECK(nodes.count(1) == 3);
  CHECK(nodes[0].told.empty());
  CHECK(nodes[1].told.empty());
}

TEST_CASE("who is on two nodes and leaves one stays; their leave is seen by the sweep") {
  Nodes nodes(2);
  nodes[0].presence.enter(kRoom, user(1));
  nodes[1].presence.enter(kRoom, user(1));
  nodes[1].presence.enter(kRoom, user(2));
  nodes.run(2s);
  CHECK_FALSE(nodes[0].presence.leave(kRoom, user(1), nodes.now).last_session);
  nodes.run(60s);
  CHECK(nodes.count(0) == 2);
  nodes[1].presence.leave(kRoom, user(1), nodes.now);
  nodes.run(17s);
  CHECK(nodes.count(0) == 1);
  CHECK(nodes.count(1) == 1);
}

TEST_CASE("users of a dead node are gone within 45 s, and not before its word has lapsed") {
  Nodes nodes(2);
  nodes[0].presence.enter(kRoom, user(1));
  nodes[1].presence.enter(kRoom, user(2));
  nodes.run(30s);
  nodes[0].told.clear();
  nodes[1].alive = false;
  nodes.run(30s);
  CHECK(nodes.count(0) == 2);
  nodes.run(15s);
  CHECK(nodes.count(0) == 1);
  CHECK(nodes[0].told == std::vector<std::string>{"-2"});
}

TEST_CASE("while the bus is down the others fade, and they come back with it") {
  Nodes nodes(2);
  nodes[0].presence.enter(kRoom, user(1));
  nodes[1].presence.enter(kRoom, user(2));
  nodes.run(2s);
  nodes[1].connected = false;
  nodes.run(20s);
  CHECK(nodes.count(0) == 2);  // a short outage is not noticed
  nodes.run(26s);
  CHECK(nodes.count(0) == 1);
  CHECK(nodes.count(1) == 1);
  nodes[1].connected = true;
  nodes.run(11s);
  CHECK(nodes.count(0) == 2);
  CHECK(nodes.count(1) == 2);
}

TEST_CASE("a large room is announced in parts, all of it in every round") {
  ClusterPresence presence;
  constexpr std::size_t kUsers = 10'000;
  for (std::size_t i = 0; i < kUsers; ++i) {
    presence.enter(kRoom, UserId{Uuid{static_cast<std::uint8_t>(i >> 8),
                                      static_cast<std::uint8_t>(i & 0xff), 1}});
  }
  SteadyTime now{1h};
  const auto announced = [&](SteadyTime::duration time) {
    std::size_t users = 0;
    for (const SteadyTime end = now + time; now < end; now += 250ms) {
      for (const Announcement& part : presence.due(now)) {
        CHECK(part.here.size() <= kAnnouncedUsersMax);
        users += part.here.size();
      }
    }
    return users;
  };
  CHECK(announced(250ms) >= kUsers);  // as changes
  announced(10s);
  CHECK(announced(10s) == kUsers);
}

TEST_CASE("a channel that everybody has left costs nothing") {
  Nodes nodes(2);
  nodes[0].presence.enter(kRoom, user(1));
  nodes[1].presence.enter(kRoom, user(2));
  nodes.run(2s);
  nodes[0].presence.leave(kRoom, user(1), nodes.now);
  nodes[1].presence.leave(kRoom, user(2), nodes.now);
  nodes.run(40s);
  CHECK(nodes.count(0) == 0);
  CHECK(nodes.count(1) == 0);
  CHECK(nodes[0].presence.enter(kRoom, user(1)).came);
}

}  // namespace kith
