// A checker that never fails proves nothing: each thing that is broken here on purpose is found
// within a few seeds, and the same seeds are well without it.
#include <doctest/doctest.h>

#include "tests/simulation/report.h"

using namespace kith::simulation;

namespace {

constexpr std::uint64_t kSeeds = 24;
constexpr std::uint32_t kMinutes = 4;

// In how many of the seeds the check is broken, and says this in what it found first.
std::size_t broken_in(const Summary& summary, const std::string& check,
                      const std::string& says = {}) {
  std::size_t count = 0;
  for (const Report& report : summary.failures) {
    for (const Report::Found& one : report.found) {
      if (one.check == check && one.what.find(says) != std::string::npos) ++count;
    }
  }
  return count;
}

Summary lives(Mutation mutation) {
  return run_seeds({.count = kSeeds, .minutes = kMinutes, .jobs = 2, .mutation = mutation});
}

// One node whose shards have only the bus to know of each other's, without a fault, and much
// typing: where C11 is judged.
std::size_t lives_of_typing_that_break_it(Mutation mutation) {
  std::size_t count = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Plan plan = make_plan(seed, kMinutes);
    plan.nodes = 1;
    plan.shards_per_node = 3;
    plan.members = plan.users;
    plan.faults = {};
    plan.acts[static_cast<std::size_t>(Act::typing)] = 300;
    plan.mutation = mutation;
    const Report report = live_apart(plan);
    for (const Report::Found& one : report.found) {
      if (mutation == Mutation::none) FAIL_CHECK(one.check << " " << one.what);
      if (one.check == "C11" && one.what.find(" types, ") != std::string::npos) ++count;
    }
  }
  return count;
}

}  // namespace

TEST_CASE("with a bus that holds it back, somebody types who stopped long ago: C11") {
  CHECK(lives_of_typing_that_break_it(Mutation::none) == 0);
  CHECK(lives_of_typing_that_break_it(Mutation::late_typing) > 2);
}

TEST_CASE("with nothing broken these seeds are well") {
  const Summary summary = lives(Mutation::none);
  for (const Report& report : summary.failures) {
    MESSAGE("seed " << report.seed << ": " << report.found[0].check << " " << report.found[0].what);
  }
  CHECK(summary.failures.empty());
  CHECK(summary.totals.lives == kSeeds);
}

TEST_CASE("without the look at the log's heads a lost tail stays lost: C1, C16") {
  const Summary summary = lives(Mutation::no_heads);
  CHECK(broken_in(summary, "C1") > 3);
  CHECK(broken_in(summary, "C16") > 3);
}

TEST_CASE("with max + 1 two writers that overlap give one number twice: C3") {
  CHECK(broken_in(lives(Mutation::max_plus_one), "C3") > 3);
}

TEST_CASE("with a queue that drops its oldest, events are missing: C1, C4") {
  const Summary summary = lives(Mutation::drop_oldest);
  CHECK(broken_in(summary, "C1") > 3);
  CHECK(broken_in(summary, "C4") > 3);
}

TEST_CASE("with the dedup index gone a retry is stored twice: C2") {
  CHECK(broken_in(lives(Mutation::no_dedup), "C2") > 3);
}

TEST_CASE("with the keys of activities forgotten, what is told of again counts again: R1") {
  CHECK(broken_in(lives(Mutation::counts_again), "R1") > 3);
}

TEST_CASE("with points that are lost, scores are not what was acked: R2") {
  CHECK(broken_in(lives(Mutation::loses_points), "R2") > 3);
}

TEST_CASE("with days that are forgotten, streaks are not what was acked: R3") {
  CHECK(broken_in(lives(Mutation::loses_days), "R3") > 2);
}

TEST_CASE("with moves that boards lose, the live board is not the scores: R4") {
  CHECK(broken_in(lives(Mutation::loses_moves), "R4") > 3);
}

TEST_CASE("with nobody who looks at the boards, a lost move leaves copies behind: R5") {
  CHECK(broken_in(lives(Mutation::blind_boards), "R5") > 2);
}

TEST_CASE("with badges forgotten, what has been earned is given again: R6") {
  CHECK(broken_in(lives(Mutation::gives_twice), "R6") > 3);
}

TEST_CASE("with a store that acks before it has synced, a crash takes back what was acked: C1") {
  CHECK(broken_in(lives(Mutation::unsynced), "C1") > 3);
}

TEST_CASE("with a log that claims to be trimmed, who comes back is told of gaps for nothing") {
  CHECK(broken_in(lives(Mutation::always_gap), "protocol", "no reason for it") > 3);
}
