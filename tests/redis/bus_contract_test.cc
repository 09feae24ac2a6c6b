// What a shard may expect of the bus, between two shards of a process and between two nodes.
#include <doctest/doctest.h>

#include "tests/redis/bus_node.h"
#include "tests/support/redis_server.h"

namespace kith::test {
namespace {

struct LocalPair {
  BusShard& a() { return first; }
  BusShard& b() { return second; }
  void settle() {}
  void follow(BusShard& shard, const ChannelId& channel) { shard.bus->follow(channel); }
  void unfollow(BusShard& shard, const ChannelId& channel) { shard.bus->unfollow(channel); }

  LocalBusHub hub;
  BusShard first{hub};
  BusShard second{hub};
};

RedisServer& shared_server() {
  static RedisServer server;
  return server;
}

struct RedisPair {
  RedisPair() {
    first.await_healthy();
    second.await_healthy();
  }
  BusShard& a() { return first.shard(); }
  BusShard& b() { return second.shard(); }
  // Until Redis sends what was asked for.
  void settle() {
    first.await_subscriptions(followed[0].size());
    second.await_subscriptions(followed[1].size());
  }
  void follow(BusShard& shard, const ChannelId& channel) {
    shard.bus->follow(channel);
    followed[&shard == &b()].insert(channel);
  }
  void unfollow(BusShard& shard, const ChannelId& channel) {
    shard.bus->unfollow(channel);
    followed[&shard == &b()].erase(channel);
  }

  const RedisAddress address{.port = shared_server().port()};
  BusNode first{address};
  BusNode second{address};
  std::array<std::set<ChannelId>, 2> followed;
};

#define BOTH_BUSES LocalPair, RedisPair

}  // namespace

TEST_CASE_TEMPLATE("events come in order to who follows, not to their sender", Pair, BOTH_BUSES) {
  Pair pair;
  pair.follow(pair.a(), room(1));
  pair.follow(pair.b(), room(1));
  pair.settle();
  for (Seq seq = 1; seq <= 500; ++seq) pair.a().publish(room(1), seq);
  CHECK(pair.b().take(500) == numbers(1, 500));
  // The answer is the fence: what a itself has said would have come before it.
  pair.b().publish(room(1), 501);
  CHECK(pair.a().take(1) == std::vector<Seq>{501});
}

TEST_CASE_TEMPLATE("only channels that are followed arrive", Pair, BOTH_BUSES) {
  Pair pair;
  pair.follow(pair.b(), room(1));
  pair.follow(pair.b(), room(3));
  pair.settle();
  for (std::uint16_t number = 0; number < 10; ++number) pair.a().publish(room(number), number + 1U);
  CHECK(pair.b().take(2) == std::vector<Seq>{2, 4});
  pair.unfollow(pair.b(), room(1));
  pair.settle();
  pair.a().publish(room(1), 20);
  pair.a().publish(room(3), 21);
  CHECK(pair.b().take(1) == std::vector<Seq>{21});
}

TEST_CASE_TEMPLATE("following twice is following once, and one unfollow ends it", Pair,
                   BOTH_BUSES) {
  Pair pair;
  pair.follow(pair.b(), room(1));
  pair.follow(pair.b(), room(1));
  pair.follow(pair.b(), room(2));
  pair.settle();
  pair.a().publish(room(1), 1);
  pair.a().publish(room(2), 2);
  CHECK(pair.b().take(2) == std::vector<Seq>{1, 2});
  pair.unfollow(pair.b(), room(1));
  pair.unfollow(pair.b(), room(1));
  pair.settle();
  pair.a().publish(room(1), 3);
  pair.a().publish(room(2), 4);
  CHECK(pair.b().take(1) == std::vector<Seq>{4});
  pair.follow(pair.b(), room(1));
  pair.settle();
  pair.a().publish(room(1), 5);
  CHECK(pair.b().take(1) == std::vector<Seq>{5});
}

TEST_CASE_TEMPLATE("large frames arrive whole", Pair, BOTH_BUSES) {
  Pair pair;
  pair.follow(pair.b(), room(1));
  pair.settle();
  constexpr std::size_t kLarge = 4 * 1024 * 1024;
  for (Seq seq = 1; seq <= 4; ++seq) pair.a().publish(room(1), seq, kLarge);
  await("large frames", [&] {
    pair.b().pump();
    return pair.b().got.size() == 4;
  });
  for (const BusEventPtr& event : pair.b().got) {
    CHECK(event->frame.size() > kLarge);
    CHECK(event->frame.ends_with(std::string(1000, 'x')));
  }
  CHECK(pair.b().take(4) == numbers(1, 4));
}

TEST_CASE_TEMPLATE("a burst over many channels arrives, each channel in order", Pair, BOTH_BUSES) {
  Pair pair;
  constexpr std::uint16_t kRooms = 1500;
  for (std::uint16_t number = 0; number < kRooms; ++number) pair.follow(pair.b(), room(number));
  pair.settle();
  for (Seq seq = 1; seq <= 20; ++seq) {
    for (std::uint16_t number = 0; number < kRooms; ++number) {
      pair.a().publish(room(number), seq, 200);
    }
  }
  std::map<ChannelId, Seq> last;
  await("the burst", [&] {
    pair.b().pump();
    return pair.b().got.size() == std::size_t{20} * kRooms;
  });
  for (const BusEventPtr& event : pair.b().got) CHECK(event->seq == ++last[event->channel]);
}

TEST_CASE("a node is sent what it follows and nothing else") {
  RedisPair pair;
  for (std::uint16_t number = 0; number < 20; ++number) pair.follow(pair.b(), room(number));
  pair.settle();
  const std::uint64_t before = pair.second.stats().bytes_received;
  constexpr std::size_t kBytes = 1000;
  for (std::uint16_t number = 0; number < 2000; ++number) pair.a().publish(room(number), 1, kBytes);
  CHECK(pair.b().take(20).size() == 20);
  pair.a().publish(room(0), 2, kBytes);  // behind all of it
  CHECK(pair.b().take(1) == std::vector<Seq>{2});
  CHECK(pair.second.stats().received == 21);
  // A quarter over the frames: envelopes, RESP, canaries and confirmations. Figures are of the last
  // tick: both nodes' must be of one behind it all.
  await("the figures of a's tick", [&] { return pair.first.stats().bytes_sent > 2000 * kBytes; });
  await("the figures of b's tick",
        [&] { return pair.second.stats().bytes_received - before > 21 * kBytes; });
  CHECK(pair.second.stats().bytes_received - before < 21 * kBytes * 5 / 4 + 2000);
}

TEST_CASE("shards of one node hear each other once, and the other node each of them") {
  const RedisAddress address{.port = shared_server().port()};
  BusNode a(address, {.shards = 3}), b(address, {.shards = 2});
  for (const auto& shard : a.shards) shard->bus->follow(room(1));
  for (const auto& shard : b.shards) shard->bus->follow(room(1));
  a.await_subscriptions(1);
  b.await_subscriptions(1);
  a.shard(0).publish(room(1), 1);
  b.shard(1).take(1);
  b.shard(1).publish(room(1), 2);
  CHECK(a.shard(0).take(1) == std::vector<Seq>{2});
  CHECK(a.shard(1).take(2) == std::vector<Seq>{1, 2});
  CHECK(a.shard(2).take(2) == std::vector<Seq>{1, 2});
  CHECK(b.shard(0).take(2) == std::vector<Seq>{1, 2});
  b.shard(1).pump();
  CHECK(b.shard(1).got.empty());
  CHECK(a.stats().received_own == 1);
}

TEST_CASE("a node that ends says what it has still to say") {
  const RedisAddress address{.port = shared_server().port()};
  BusNode b(address);
  b.shard().bus->follow(room(1));
  b.await_subscriptions(1);
  {
    BusNode a(address);
    a.await_healthy();
    for (Seq seq = 1; seq <= 200; ++seq) a.shard().publish(room(1), seq, 1000);
  }
  CHECK(b.shard().take(200) == numbers(1, 200));
  // And one whose Redis is not there does not wait for it.
  const auto begun = Clock::now();
  { BusNode alone({.port = free_port()}); }
  CHECK(Clock::now() - begun < 10s);
}

TEST_CASE("a crowd that is announced at once is announced to its end") {
  const RedisAddress address{.port = shared_server().port()};
  BusNode a(address), b(address);
  const ChannelId channel = room(78);
  constexpr std::uint32_t kCrowd = 60'000;  // four times what goes out at once
  a.shard().bus->follow(channel);
  a.await_subscriptions(1);
  for (std::uint32_t i = 1; i <= kCrowd; ++i) {
    a.presence.enter(channel, UserId{Uuid{static_cast<std::uint8_t>(i >> 16),
                                          static_cast<std::uint8_t>(i >> 8 & 0xff),
                                          static_cast<std::uint8_t>(i & 0xff)}});
  }
  b.shard().bus->follow(channel);
  b.await_subscriptions(1);
  b.presence.enter(channel, UserId{Uuid{0xff}});
  await("the crowd", [&] {
    b.shard().pump();
    return b.presence.snapshot(channel, 0).count == kCrowd + 1;
  });
  CHECK(a.stats().publish_dropped == 0);
}

TEST_CASE("users who are on another node are present here, and their leaving is told") {
  const RedisAddress address{.port = shared_server().port()};
  BusNode a(address), b(address);
  const ChannelId channel = room(77);
  const UserId anna{Uuid{1}}, ben{Uuid{2}};
  a.shard().bus->follow(channel);
  a.await_subscriptions(1);
  a.presence.enter(channel, anna);
  b.shard().bus->follow(channel);
  b.await_subscriptions(1);
  b.presence.enter(channel, ben);
  await("each other", [&] {
    a.shard().pump();
    b.shard().pump();
    return a.presence.snapshot(channel, 0).count == 2 && b.presence.snapshot(channel, 0).count == 2;
  });
  await("the join", [&] {
    a.shard().pump();
    return !a.shard().got.empty();
  });
  CHECK(a.shard().got.front()->kind == BusKind::presence);
  CHECK(a.shard().got.front()->start);
  CHECK(a.shard().got.front()->user == ben);
}

}  // namespace kith::test
