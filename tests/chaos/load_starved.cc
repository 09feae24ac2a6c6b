// F30: the server gets little of the processor, or none for a while. It is late then, and nobody
// else is: no client may pay for it.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>

#include "tests/chaos/chaos_town.h"
#include "tests/support/await.h"

namespace kith::test {
namespace {

// The server runs for a fifth of the time, in slices of `stopped` * 5 / 4.
void starve(ChaosTown& town, std::chrono::milliseconds time, std::chrono::milliseconds stopped) {
  const auto until = Clock::now() + time;
  while (Clock::now() < until) {
    town.server().process().signal(SIGSTOP);
    town.crowd().run_for(stopped);
    town.server().process().signal(SIGCONT);
    town.crowd().run_for(stopped / 4);
  }
}

void check_nobody_was_cut(ChaosTown& town) {
  CHECK(town.ended() == 0);
  CHECK(metric(town.server(), "kith_websocket_closes_total") == 0);
}

std::vector<std::string> hasty_pings() {
  return {"shards=2", "gateway.ping_interval_s=1", "gateway.ping_timeout_s=1",
          "gateway.init_timeout_s=3"};
}

void populate(ChaosTown& town) {
  for (std::size_t i = 0; i < town.inhabitants(); ++i) {
    town.join(i, {.send_every = i % 10 == 0 ? 500ms : 0ms});
  }
  REQUIRE(town.crowd().all_live(30s));
}

TEST_CASE("starved of the processor: late, but nobody is cut and everything arrives" *
          doctest::skip()) {
  ChaosTown town({.name = "starved",
                  .population = {.users = 100, .rooms = 5, .members = 20},
                  .settings = hasty_pings()});
  populate(town);
  starve(town, scaled(6s, 60s), 80ms);
  starve(town, scaled(6s, 60s), 800ms);
  starve(town, scaled(10s, 60s), 1700ms);
  town.healed("little processor", 20s);
  town.settle(20s);
  town.well();
  MESSAGE("p99 ", town.crowd().p99_ms(), " ms with a fifth of the processor");
  check_nobody_was_cut(town);
  town.judge();
}

// The control of the above: what it says of nobody is said where the clients get no processor.
TEST_CASE("a crowd that is starved instead is cut, all of it, and loses nothing" *
          doctest::skip()) {
  ChaosTown town({.name = "starved_crowd",
                  .population = {.users = 100, .rooms = 5, .members = 20},
                  .settings = hasty_pings()});
  populate(town);
  town.crowd().run_for(2s);
  const auto closed = [&town] { return metric(town.server(), "kith_websocket_closes_total"); };
  const auto everybody = static_cast<double>(town.inhabitants());
  REQUIRE(await_condition(Clock::now() + 20s, 20ms, [&] { return closed() >= everybody; }));
  town.healed("no processor for the crowd", 20s);
  town.settle(20s);
  town.well();
  CHECK(town.ended() >= town.inhabitants());
  town.judge();
}

TEST_CASE("frozen for longer than every deadline, and back: nobody is cut for it" *
          doctest::skip()) {
  constexpr int kWaiting = 200;  // more than are read in one turn
  ChaosTown town({.name = "frozen",
                  .population = {.users = 100, .rooms = 5, .members = 20},
                  .settings = hasty_pings()});
  populate(town);
  // Upgraded, and accepted: what is asked of them comes while nobody is there to read it.
  std::vector<WsClient> upgraded;
  std::vector<Socket> accepted;
  for (int i = 0; i < kWaiting; ++i) {
    upgraded.emplace_back(town.server().port());
    accepted.emplace_back(town.server().port());
    accepted.back().send("GET /healthz HTTP/1.1\r\nHost: a\r\n", Clock::now() + kPatience);
  }
  town.crowd().run_for(500ms);
  for (int i = 0; i < scaled(1, 5); ++i) {
    town.server().process().signal(SIGSTOP);
    town.crowd().run_for(1s);
    for (std::size_t k = 0; i == 0 && k < upgraded.size(); ++k) {
      const Town::Inhabitant& someone = town.town().inhabitants[k % town.inhabitants()];
      upgraded[k].send(R"({"type":"connection.init","token":")" + someone.token + R"("})");
      accepted[k].send("\r\n", Clock::now() + kPatience);
    }
    town.crowd().run_for(scaled(8s, 40s));
    town.server().process().signal(SIGCONT);
    town.crowd().run_for(4s);
  }
  town.healed("frozen", 20s);
  const auto ready = std::ranges::count_if(upgraded, [](WsClient& socket) {
    return socket.next()["type"].text() == "connection.ready";
  });
  CHECK(ready == kWaiting);
  const auto answered = std::ranges::count_if(accepted, [](Socket& socket) {
    std::string answer;
    return socket.receive(answer, Clock::now() + kPatience) && answer.starts_with("HTTP/1.1 200 ");
  });
  CHECK(answered == kWaiting);
  upgraded.clear();
  accepted.clear();
  town.settle(20s);
  town.well();
  CHECK(town.ended() == 0);
  town.judge();
}

}  // namespace
}  // namespace kith::test
