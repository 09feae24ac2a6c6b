// A bus that loses a tenth, repeats a tenth and shuffles the rest, on every node, and one that
// loses just the last message (RELIABILITY F8, F9): everybody sees everything once and in order.
#include "tests/chaos/nodes.h"
#include "tests/support/resp_proxy.h"

namespace kith::test {
namespace {

constexpr auto kReadyWithin = 15s;

TEST_CASE("a bus that loses, repeats and shuffles costs nothing but time") {
  RedisServer redis;
  const RespFaults faults{.lose = 100, .repeat = 100, .shuffle = 20};
  std::vector<std::unique_ptr<RespProxy>> proxies;
  Nodes::Options options{.every = 5ms};
  for (std::size_t i = 0; i < options.nodes; ++i) {
    proxies.push_back(std::make_unique<RespProxy>(redis.port(), faults));
    options.redis_ports.push_back(proxies.back()->port());
  }
  Nodes nodes(options);
  nodes.await_state("ready", kReadyWithin);
  nodes.begin();
  nodes.run_for(shortly_or_long<std::chrono::milliseconds>(3s, 120s));
  const Nodes::Outcome outcome = nodes.finish();
  CHECK(outcome.hardly_refused());
  std::uint64_t lost = 0;
  std::uint64_t repeated = 0;
  for (const auto& proxy : proxies) {
    CHECK(proxy->lost() > 0);
    CHECK(proxy->repeated() > 0);
    lost += proxy->lost();
    repeated += proxy->repeated();
  }
  CHECK(outcome.lag.slowest < 10s);  // two seconds are the goal; the rest is for a busy machine
  MESSAGE(lost, " lost, ", repeated, " repeated, the rest shuffled: ", text_of(outcome));
}

TEST_CASE("the last message of a burst is lost, and nothing follows: found within about a second") {
  RedisServer redis;
  RespProxy first(redis.port(), {});
  RespProxy second(redis.port(), {});
  Nodes nodes({.nodes = 2, .clients = 2, .rooms = 1, .redis_ports = {first.port(), second.port()}});
  nodes.await_state("ready", kReadyWithin);
  const std::string& chat = nodes.chats().front();
  WsClient here = connect_to(nodes.node(0), nodes.users()[0], {chat});
  WsClient there = connect_to(nodes.node(1), nodes.users()[1], {chat});
  std::vector<std::chrono::milliseconds> times;
  const std::size_t tails = shortly_or_long<std::size_t>(4, 50);
  for (std::size_t i = 0; i < tails; ++i) {
    CAPTURE(i);
    say(here, chat, "seen-" + std::to_string(i), "seen");
    CHECK(there.wait_for("message.new")["client_message_id"].text() == "seen-" + std::to_string(i));
    const std::uint64_t lost = second.lost();
    second.set({.lose = 1000});
    say(here, chat, "tail-" + std::to_string(i), "tail");
    const auto acked = Clock::now();
    CHECK(there.wait_for("message.new")["client_message_id"].text() == "tail-" + std::to_string(i));
    times.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - acked));
    CHECK(times.back() < 5s);  // 1.5 s by the product's own times
    CHECK(second.lost() > lost);
    second.set({});
  }
  MESSAGE("lost tails: ", summary(times));
}

}  // namespace
}  // namespace kith::test
