// Redis goes, stalls, forgets, talks nonsense: what the bus makes of it, and how long that takes.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/chaos/environment.h"
#include "tests/redis/bus_node.h"
#include "tests/redis/fake_redis.h"
#include "tests/support/redis_server.h"

namespace kith::test {
namespace {

// Events flow from `a` to `b`, who follows the room.
void check_flow(BusNode& a, BusNode& b, const ChannelId& channel, Seq seq) {
  a.shard().publish(channel, seq);
  // What Redis still had from before a stall may come first.
  await("the event", [&] {
    b.shard().pump();
    return std::ranges::any_of(b.shard().got, [&](const BusEventPtr& event) {
      return event->channel == channel && event->seq == seq;
    });
  });
  b.shard().got.clear();
}

struct Pair {
  explicit Pair(std::uint16_t port, const BusNode::Options& options = {})
      : address{.port = port}, a(address, options), b(address, options) {
    for (std::uint16_t number = 0; number < 600; ++number) b.shard().bus->follow(room(number));
    a.await_healthy();
    b.await_subscriptions(600);
    b.shard().pump();
    b.shard().healed = 0;
  }
  const RedisAddress address;
  BusNode a, b;
};

std::size_t count_of(const std::vector<std::string>& notices, std::string_view start) {
  return static_cast<std::size_t>(
      std::ranges::count_if(notices, [&](const auto& line) { return line.starts_with(start); }));
}

}  // namespace

TEST_CASE("Redis is killed and comes back empty: ill at once, then subscribed again, and healed") {
  RedisServer server;
  Pair pair(server.port());
  check_flow(pair.a, pair.b, room(599), 1);
  for (int outage = 1; outage <= 3; ++outage) {
    server.kill();
    pair.a.await_ill();
    pair.b.await_ill();
    pair.b.shard().bus->unfollow(room(static_cast<std::uint16_t>(outage)));
    pair.b.shard().bus->follow(room(static_cast<std::uint16_t>(1000 + outage)));
    server.start();
    pair.a.await_healthy();
    pair.b.await_subscriptions(600);
    await("word of it", [&] {
      pair.b.shard().pump();
      return pair.b.shard().healed == outage;
    });
    check_flow(pair.a, pair.b, room(599), 1);
    check_flow(pair.a, pair.b, room(static_cast<std::uint16_t>(1000 + outage)), 2);
  }
  CHECK(pair.b.stats().resubscribed == 1800);
  CHECK(count_of(pair.b.notices(), "ill: ") == 3);
  CHECK(count_of(pair.b.notices(), "healthy") == 4);
}

TEST_CASE("a node of 20,000 channels is back within seconds of Redis") {
  constexpr std::uint16_t kRooms = 20'000;
  RedisServer server;
  const RedisAddress address{.port = server.port()};
  BusNode a(address), b(address);
  for (std::uint16_t number = 0; number < kRooms; ++number) b.shard().bus->follow(room(number));
  a.await_healthy();
  b.await_subscriptions(kRooms);
  server.kill();
  a.await_ill();
  b.await_ill();
  server.start();
  const auto back = Clock::now();
  a.await_healthy();
  b.await_subscriptions(kRooms);
  // A second or two, and 3 s between two attempts at most; the rest is for a busy machine.
  CHECK(Clock::now() - back < 20s);
  for (std::uint16_t number = 0; number < kRooms; number += 4999) check_flow(a, b, room(number), 1);
}

TEST_CASE("Redis stalls: noticed within 10 s, and mended when it goes on") {
  RedisServer server;
  Pair pair(server.port());
  server.freeze();
  const auto frozen = Clock::now();
  // 7.25 s at most by the product's own times; what is beyond the promise is for a busy machine.
  const std::chrono::milliseconds within = long_form() ? 10s : 15s;
  pair.a.await_ill(within);
  pair.b.await_ill(within);
  const auto noticed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - frozen);
  MESSAGE("noticed on both nodes in ", noticed.count(), " ms");
  CHECK(noticed < within);
  CHECK(pair.a.shard().bus->ill());
  // The publisher does not wait for it.
  for (Seq seq = 1; seq <= 1000; ++seq) pair.a.shard().publish(room(5), seq, 1000);
  server.thaw();
  pair.a.await_healthy();
  pair.b.await_subscriptions(600);
  pair.b.shard().pump();
  pair.b.shard().got.clear();
  check_flow(pair.a, pair.b, room(6), 7);
}

TEST_CASE("only the subscribed connection is cut: noticed at once, and made anew") {
  RedisServer server;
  Pair pair(server.port());
  const std::uint64_t connects = pair.b.stats().connects;
  CHECK(server.ask({"CLIENT", "KILL", "TYPE", "pubsub"}) == ":2\r\n");
  await("word of it", [&] {
    pair.b.shard().pump();
    return pair.b.shard().healed == 1;
  });
  pair.b.await_subscriptions(600);
  pair.a.await_healthy();
  CHECK(pair.b.stats().connects == connects + 1);
  check_flow(pair.a, pair.b, room(0), 1);
}

TEST_CASE("a subscriber that Redis cuts for its backlog comes back") {
  RedisServer server({.more = {"--client-output-buffer-limit", "pubsub 1mb 1mb 1"}});
  Pair pair(server.port());
  // Far more than the limit and what the sockets hold, in one transaction, so that Redis writes
  // none of it before all of it has been queued: it closes the subscriber.
  const std::uint64_t connects = pair.b.stats().connects;
  const std::string large(3 * 1024 * 1024, 'x');
  const std::string script = "for i = 1, 10 do redis.call('PUBLISH', KEYS[1], ARGV[1]) end";
  server.ask({"EVAL", script, "1", "kith:" + room(0).text(), large});
  await("a new connection", [&] { return pair.b.stats().connects > connects; });
  await("word of it", [&] {
    pair.b.shard().pump();
    return pair.b.shard().healed >= 1;
  });
  CHECK(pair.b.stats().decode_errors == 0);
  pair.b.await_subscriptions(600);
  check_flow(pair.a, pair.b, room(0), 1);
}

TEST_CASE("without Redis the queue is bounded, the oldest goes, and all of it is counted") {
  BusNode node({.port = free_port()}, {.queue = {.bytes_max = 100'000, .age_max = 60s}});
  CHECK(node.redis->ill());
  for (Seq seq = 1; seq <= 1000; ++seq) node.shard().publish(room(1), seq, 1000);
  CHECK(node.stats().queued_bytes <= 100'000);
  CHECK(node.stats().publish_dropped > 900);
  CHECK(node.stats().publish_dropped < 1000);
  CHECK(node.stats().published == 0);
}

TEST_CASE("what was published in an outage is not said when it is old") {
  const std::uint16_t port = free_port();
  BusNode node({.port = port}, {.queue = {.bytes_max = 1'000'000, .age_max = 50ms}});
  node.shard().publish(room(1), 1);
  const auto said = Clock::now();
  await("time", [&] { return Clock::now() - said > 60ms; });
  RedisServer server({.port = port});
  node.await_healthy();
  await("the queue", [&] { return node.stats().queued_bytes == 0; });
  CHECK(node.stats().publish_dropped == 1);
  CHECK(node.stats().published == 0);
}

TEST_CASE("what others write into our channels is dropped and counted") {
  RedisServer server;
  Pair pair(server.port());
  const std::string channel = "kith:" + room(0).text();
  const Uuid node{9};
  std::string of_another_room, of_another_epoch;
  const BusEvent typing{.kind = BusKind::typing, .channel = room(1), .user = UserId{Uuid{1}}};
  append_envelope(of_another_room, node, "epoch", typing);
  append_envelope(of_another_epoch, node, "before the restore",
                  {.kind = BusKind::typing, .channel = room(0), .user = UserId{Uuid{1}}});
  for (const std::string& payload : {std::string("hello"), std::string(), of_another_room}) {
    server.ask({"PUBLISH", channel, payload});
  }
  server.ask({"PUBLISH", channel, of_another_epoch});
  check_flow(pair.a, pair.b, room(0), 1);
  CHECK(pair.b.stats().decode_errors == 3);
  CHECK(pair.b.stats().foreign == 1);
  CHECK(pair.b.stats().received == 1);
  CHECK_FALSE(pair.b.redis->ill());
}

TEST_CASE("what only claims to be Redis never makes the bus healthy, nor harms it") {
  const RedisBusTimes quick{.canary_interval = 50ms,
                            .canary_patience = 100ms,
                            .connect_timeout = 100ms,
                            .backoff_min = 1ms,
                            .backoff_max = 5ms};
  const std::string hello(kHelloAnswer);
  for (const std::string& answer :
       {std::string(), std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string("+OK\r\n"),
        std::string("*2147483647\r\n"), std::string("\0\xff\xfe", 3), hello + "garbage\r\n",
        hello + "*3\r\n$7\r\nmessage\r\n:1\r\n:2\r\n", hello + "*1\r\n$4\r\npong\r\n",
        hello + "*-1\r\n", hello + "*0\r\n", hello + "$-1\r\n", hello + ":1\r\n",
        hello + "*3\r\n*0\r\n*0\r\n*0\r\n", hello + "*2\r\n$4\r\npong\r\n$-1\r\n",
        hello + "-ERR no\r\n", hello + hello, hello}) {
    CAPTURE(answer);
    FakeRedis fake([&](std::string_view) { return answer; });
    BusNode node({.port = fake.port()}, {.times = quick});
    node.shard().bus->follow(room(1));
    node.shard().publish(room(1), 1);
    // Each of the two connections has been made anew several times: it does not give up.
    await("attempts", [&] { return fake.connections() >= 8; });
    CHECK(node.redis->ill());
    CHECK(node.shard().got.empty());
  }
}

}  // namespace kith::test
