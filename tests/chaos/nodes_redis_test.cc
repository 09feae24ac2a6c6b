// Three nodes and their Redis on its bad days (RELIABILITY F4 to F7): killed and back empty,
// stalled, swallowed by the network, or only its subscribers cut. Sends are acked throughout, and
// what is said on one node reaches the others: at once, or from the log within about a second.
#include "tests/chaos/nodes.h"
#include "tests/support/await.h"
#include "tests/support/tcp_proxy.h"

namespace kith::test {
namespace {

// RELIABILITY F5: noticed within 10 s, by the bus's own canary; the rest is for a busy machine.
const auto kNoticedWithin = shortly_or_long<std::chrono::milliseconds>(20s, 10s);
constexpr auto kRedisBackWithin = 15s;  // 3 s between two attempts, at the most
// The promise is about a second; the rest is for a busy machine.
constexpr auto kLagMax = 10s;

// At once after the fault, until every node says that it does without the bus.
void await_noticed(Nodes& nodes, const char* fault) {
  const auto begun = Clock::now();
  nodes.await_state("degraded", kNoticedWithin);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  MESSAGE(std::string(fault), ": noticed on every node in ", took.count(), " ms");
}

// From when Redis is there again until every node's bus is healthy and everybody is answered.
std::chrono::milliseconds time_to_heal(Nodes& nodes, const std::string& fault) {
  const auto back = Clock::now();
  nodes.await_state("ready", kRedisBackWithin);
  nodes.healed(fault, kRedisBackWithin);
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - back);
}

void conclude_redis(Nodes& nodes, const char* what,
                    const std::vector<std::chrono::milliseconds>& heals) {
  const Nodes::Outcome outcome = nodes.finish();
  CHECK(outcome.hardly_refused());
  CHECK(outcome.lag.slowest < kLagMax);
  MESSAGE(std::string(what), ": ", summary(heals), "; ", text_of(outcome));
}

void await_following(const RedisServer& replica) {
  REQUIRE(await_condition(Clock::now() + kRedisBackWithin, 10ms, [&] {
    return replica.ask({"INFO", "replication"}).find("master_link_status:up") != std::string::npos;
  }));
}

TEST_CASE("Redis is killed and comes back empty: messages go on, between nodes from the log") {
  RedisServer redis;
  Nodes nodes({.redis_ports = {redis.port()}});
  nodes.await_state("ready", kRedisBackWithin);
  nodes.begin();
  std::vector<std::chrono::milliseconds> heals;
  const std::size_t outages = shortly_or_long<std::size_t>(1, 12);
  for (std::size_t i = 0; i < outages; ++i) {
    CAPTURE(i);
    nodes.run_for(300ms);
    redis.kill();
    await_noticed(nodes, "Redis was killed");
    nodes.healed("Redis was killed", kRedisBackWithin);
    nodes.run_for(shortly_or_long<std::chrono::milliseconds>(2s, i == 0 ? 60s : 3s));
    redis.start();
    heals.push_back(time_to_heal(nodes, "Redis came back"));
  }
  conclude_redis(nodes, "outages", heals);
}

TEST_CASE("Redis stalls, and only its subscribers are cut") {
  RedisServer redis;
  Nodes nodes({.redis_ports = {redis.port()}});
  nodes.await_state("ready", kRedisBackWithin);
  nodes.begin();
  std::vector<std::chrono::milliseconds> stalls;
  std::vector<std::chrono::milliseconds> cuts;
  const std::size_t times = shortly_or_long<std::size_t>(1, 5);
  for (std::size_t i = 0; i < times; ++i) {
    CAPTURE(i);
    nodes.run_for(300ms);
    redis.freeze();
    await_noticed(nodes, "Redis stalled");
    nodes.run_for(shortly_or_long<std::chrono::milliseconds>(0s, i == 0 ? 30s : 1s));
    redis.thaw();
    stalls.push_back(time_to_heal(nodes, "Redis went on"));
    const std::string killed = redis.ask({"CLIENT", "KILL", "TYPE", "pubsub"});
    CHECK(killed == ":3\r\n");
    cuts.push_back(time_to_heal(nodes, "the subscribers were cut"));
  }
  conclude_redis(nodes, "stalls", stalls);
  MESSAGE("cuts of the subscribers: ", summary(cuts));
}

TEST_CASE("the network swallows what goes to Redis: noticed by the canary, and mended") {
  RedisServer redis;
  TcpProxy network(redis.port());
  Nodes nodes({.redis_ports = {network.port()}});
  nodes.await_state("ready", kRedisBackWithin);
  nodes.begin();
  std::vector<std::chrono::milliseconds> heals;
  const std::size_t times = shortly_or_long<std::size_t>(1, 5);
  for (std::size_t i = 0; i < times; ++i) {
    CAPTURE(i);
    nodes.run_for(300ms);
    network.black_hole(true);
    await_noticed(nodes, "the network swallowed all");
    nodes.run_for(shortly_or_long<std::chrono::milliseconds>(0s, 3s));
    network.black_hole(false);
    heals.push_back(time_to_heal(nodes, "the network was back"));
  }
  conclude_redis(nodes, "black holes", heals);
}

// A failover of Redis: its replica had stopped following and takes over with what it had (F10).
TEST_CASE("a stale replica of Redis takes over: nothing but the ephemeral is lost") {
  RedisServer first;
  RedisServer replica({.more = {"--replicaof", "127.0.0.1 " + std::to_string(first.port())}});
  await_following(replica);
  TcpProxy name(first.port());  // where a name would lead, that is changed
  Nodes nodes({.redis_ports = {name.port()}});
  nodes.await_state("ready", kRedisBackWithin);
  nodes.begin();
  nodes.run_for(300ms);
  const std::string promoted = replica.ask({"REPLICAOF", "NO", "ONE"});
  CHECK(promoted == "+OK\r\n");
  nodes.run_for(300ms);  // it falls behind
  first.kill();
  await_noticed(nodes, "the first Redis was killed");
  name.retarget(replica.port());
  std::vector<std::chrono::milliseconds> heals{time_to_heal(nodes, "the replica took over")};
  conclude_redis(nodes, "failovers of Redis", heals);
}

}  // namespace
}  // namespace kith::test
