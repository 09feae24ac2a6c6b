// Nodes on one Postgres, killed at random moments and in the windows between a commit, its ack and
// its fan-out (RELIABILITY F1 to F3): their clients go to the others and send again what nobody has
// answered.
#include <signal.h>

#include <algorithm>
#include <random>

#include "tests/chaos/nodes.h"
#include "tests/support/sanitized.h"

namespace kith::test {
namespace {

constexpr auto kKilledHealedWithin = 15s;
constexpr std::size_t kCyclesPerRound = 12;
const std::vector<std::string> kPoints = {"before_commit:kill", "after_commit:kill",
                                          "before_uplink:kill"};
// The other nodes hear of what the dead one had committed and acked by their look at the log, once
// a second: no bus tells them.
constexpr std::size_t kUnheard = 2;

class Killing {
 public:
  explicit Killing(std::uint64_t seed) : random_(seed) {}

  // At a random moment.
  void strike(Nodes& nodes) {
    const std::size_t victim = random_() % nodes.count();
    nodes.run_for(std::chrono::milliseconds(20 + random_() % 300));
    nodes.kill(victim);
    heals.push_back(nodes.healed("a node was killed", kKilledHealedWithin));
    nodes.start(victim);
    nodes.clients()[random_() % nodes.clients().size()]->move_to(victim);
  }

  // At a point that the victim comes to by itself, once somebody writes through it.
  void strike_at(Nodes& nodes, const std::string& point) {
    const std::size_t victim = random_() % nodes.count();
    nodes.kill(victim);
    const auto begun = Clock::now();
    nodes.start(victim, failing_node(point + ":" + std::to_string(5 + random_() % 20)));
    for (std::size_t i = 0; i < 2; ++i) nodes.clients()[i]->move_to(victim);
    CHECK(nodes.node(victim).process().wait(60s) == 128 + SIGKILL);
    nodes.kill(victim);  // notes it
    heals.push_back(nodes.healed("a node was killed at " + point, kKilledHealedWithin));
    if (point == kPoints[kUnheard]) nodes.watch_lag(begun);
    nodes.start(victim);
  }

  std::vector<std::chrono::milliseconds> heals;

 private:
  std::mt19937_64 random_;
};

TEST_CASE("nodes are killed, also in mid-commit: nothing acked is lost, doubled or reordered") {
  const std::size_t cycles = shortly_or_long<std::size_t>(6, 60);
  const std::uint64_t seed = chaos_seed();
  INFO("KITH_CHAOS_SEED=", seed);
  Killing killing(seed);
  const auto lag_max = kSanitized ? 15s : shortly_or_long<std::chrono::milliseconds>(5s, 1500ms);
  std::chrono::milliseconds slowest{};
  std::uint64_t acked = 0;
  std::size_t moves = 0;
  for (std::size_t done = 0; done < cycles;) {
    RedisServer redis;
    Nodes nodes({.redis_ports = {redis.port()}, .every = 10ms});
    nodes.begin();
    for (std::size_t i = 0; i < kCyclesPerRound && done < cycles; ++i, ++done) {
      CAPTURE(done);
      if (done % 2 == 0) {
        killing.strike(nodes);
      } else {
        killing.strike_at(nodes, kPoints[done / 2 % kPoints.size()]);
      }
    }
    const Nodes::Outcome outcome = nodes.finish();
    CHECK(outcome.watched.deliveries > 0);
    CHECK(outcome.watched.slowest < lag_max);
    slowest = std::max(slowest, outcome.watched.slowest);
    acked += outcome.verdict.acked;
    moves += outcome.moves;
  }
  CHECK(moves >= cycles);
  MESSAGE(cycles, " kills: ", summary(killing.heals), "; ", acked, " acked, ", moves,
          " moves; behind a kill before the fan-out at most ", slowest.count(), " ms late");
}

}  // namespace
}  // namespace kith::test
