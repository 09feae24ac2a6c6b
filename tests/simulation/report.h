// What one life comes down to, small enough to be passed between processes as a line.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/world.h"

namespace kith::simulation {

struct Totals {
  std::uint64_t lives = 0;
  std::uint64_t lived_seconds = 0;
  std::uint64_t turns = 0;
  std::uint64_t acts = 0;
  std::uint64_t committed = 0;
  std::uint64_t bytes = 0;
  std::uint64_t crashes = 0;
  std::uint64_t backfills = 0;
  std::uint64_t heads_healed = 0;
  std::uint64_t fell_behind = 0;
  std::uint64_t gaps_told = 0;
  std::uint64_t replays = 0;
  std::uint64_t activities = 0;
  std::uint64_t activities_repeated = 0;
  std::uint64_t badges = 0;
  std::uint64_t board_frames = 0;
  std::uint64_t digest = 0;  // of all, in the order of the seeds

  void add(const Totals& other);
};

struct Report {
  std::uint64_t seed = 0;
  Totals totals;
  // Empty: all was well. The check's name and what it found; one of each check.
  struct Found {
    std::string check;
    std::string what;
  };
  std::vector<Found> found;

  bool ok() const { return found.empty(); }
  bool has(const std::string& check) const;
};

Report report_of(const Outcome& outcome);
std::string to_line(const Report& report);  // without a newline
std::optional<Report> parse_report(const std::string& line);
// As it stands among the seeds that are lived again and again (seeds.txt): one line, without its
// end.
std::string to_seed_line(const Report& report, std::uint32_t minutes, Mutation mutation);

// Lives it in a process of its own: one that dies, or never ends, is a report as well.
Report live_apart(const Plan& plan);
// And with a trace, which of one that dies reaches up to its death.
struct Told {
  Report report;
  std::vector<TraceLine> trace;
};
Told live_and_tell(const Plan& plan);

struct Seeds {
  std::uint64_t from = 1;
  std::uint64_t count = 100;
  std::uint32_t minutes = 10;
  std::uint32_t jobs = 1;
  Mutation mutation = Mutation::none;
  std::function<void(const Report&)> failed{};  // called as soon as one has
};
struct Summary {
  Totals totals;
  std::uint64_t reports = 0;     // as many as there were seeds, else some were lost
  std::vector<Report> failures;  // by seed
};
// In `jobs` processes.
Summary run_seeds(const Seeds& seeds);

// The smallest plan found that still breaks the same check.
Plan shrink(Plan plan, const std::string& check);

}  // namespace kith::simulation
