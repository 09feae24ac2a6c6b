// F23, one node: SIGTERM while everybody talks, and back again, several times.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>

#include "tests/chaos/chaos_town.h"

namespace kith::test {
namespace {

constexpr auto kExitWithin = 10s;

struct Drained {
  std::uint64_t told = 0;  // clients that were closed with 4001, over all cycles
  std::chrono::milliseconds tenth{};
  std::chrono::milliseconds most{};  // until nine of ten had gone
  std::chrono::milliseconds exited{};
};

std::uint64_t closed_with_4001(ChaosTown& town) {
  std::uint64_t closed = 0;
  for (const auto& client : town.crowd().clients()) {
    const auto found = client->counts().closes.find(4001);
    if (found != client->counts().closes.end()) closed += found->second;
  }
  return closed;
}

Drained drain(ChaosTown& town) {
  const std::uint64_t before = closed_with_4001(town);
  const auto all = town.crowd().clients().size();
  Drained drained;
  const auto begun = Clock::now();
  const auto passed = [&] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  };
  town.server().process().signal(SIGTERM);
  town.crowd().run_until(
      [&] {
        const auto gone = closed_with_4001(town) - before;
        if (drained.tenth == 0ms && gone * 10 >= all) drained.tenth = passed();
        if (drained.most == 0ms && gone * 10 >= all * 9) drained.most = passed();
        return !town.server().process().running();
      },
      kExitWithin + kPatience);
  drained.exited = passed();
  drained.told = closed_with_4001(town) - before;
  return drained;
}

TEST_CASE("SIGTERM under load, again and again: told when to come back, nothing lost or doubled" *
          doctest::skip()) {
  constexpr std::size_t kClients = 200;
  ChaosTown town({.name = "drain",
                  .population = {.users = kClients, .rooms = 10, .members = 20},
                  .settings = {"shards=2", "gateway.drain_s=2"}});
  for (std::size_t i = 0; i < kClients; ++i) {
    town.join(i, {.send_every = i % 5 == 0 ? 50ms : 0ms});
  }
  REQUIRE(town.crowd().all_live(30s));
  const int cycles = scaled(5, 20);
  for (int cycle = 0; cycle < cycles; ++cycle) {
    CAPTURE(cycle);
    town.crowd().run_for(300ms);
    const Drained drained = drain(town);
    REQUIRE(!town.server().process().running());
    CHECK(town.server().process().wait() == 0);
    CHECK(drained.exited < kExitWithin);
    CHECK(drained.told == kClients);
    // Spread, not all at once: for so many it takes 0.6 s.
    CHECK(drained.most - drained.tenth > 150ms);
    for (const auto& client : town.crowd().clients()) {
      CHECK(client->counts().retry_after_ms >= 500);
      CHECK(client->counts().retry_after_ms <= 4000);
    }
    town.server().start();
    town.healed("drained and started again", 30s);
    REQUIRE(town.crowd().all_live(30s));
    town.well();
  }

  // The second signal does not wait for anything; what was acked stands nevertheless.
  const auto begun = Clock::now();
  town.server().process().signal(SIGTERM);
  town.crowd().run_for(100ms);
  town.server().process().signal(SIGTERM);
  town.crowd().run_until([&] { return !town.server().process().running(); }, 10s);
  CHECK(Clock::now() - begun < 5s);
  CHECK(town.server().process().wait() == 1);
  town.server().start();
  town.settle(30s);
  town.judge();
}

}  // namespace
}  // namespace kith::test
