// The figures of bench/RESULTS.md, one function each: what runs, and what it is held against.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/figures/arena.h"
#include "bench/figures/results.h"

namespace kith::figures {

struct Plan {
  int runs = 5;
  bool quick = false;  // to see that everything works: short runs that show little
  double fsync_ms = 0;

  // Seconds of load.
  std::string seconds(int usual) const { return std::to_string(quick ? 2 : usual); }
};

// These throw what Arena throws. `round`-by-round progress goes to stderr.
Section measure_fanout(Arena& arena, const Plan& plan);
Section measure_rooms(Arena& arena, const Plan& plan);
Section measure_sends(Arena& arena, const Plan& plan);
Section measure_idle(Arena& arena, const Plan& plan);
Section measure_storm(Arena& arena, const Plan& plan);
// On Postgres, and on several nodes: a server of Postgres and one of Redis of their own.
Section measure_postgres(Arena& arena, const Plan& plan);
Section measure_nodes(Arena& arena, const Plan& plan);
Section measure_shards(Arena& arena, const Plan& plan);
Section measure_following(Arena& arena, const Plan& plan);
Section measure_outage(Arena& arena, const Plan& plan);

// What people are rewarded with.
Section measure_activities(Arena& arena, const Plan& plan);
Section measure_ranks(Arena& arena, const Plan& plan);
Section measure_boards(Arena& arena, const Plan& plan);
// A club of 100,000, and HTTP beside a bare file server.
Section measure_club_broadcast(Arena& arena, const Plan& plan);
Section measure_http(Arena& arena, const Plan& plan);

struct Figure {
  std::string name;
  std::string title;
  Section (*measure)(Arena&, const Plan&);
};
const std::vector<Figure>& all_figures();

// Adds a number of each run to a measure, and says so on stderr.
struct Progress {
  const Plan& plan;
  std::string what;
  int round = 0;
  void say(std::string_view side, double value) const;
};
// By how much the server's resident memory has grown since before the first client: until all were
// connected, or until the load was over, whichever is more.
double rss_grown_bytes(const bench::FlatReport& report);
// Where the report has it.
void add_stated(std::vector<double>& values, const bench::FlatReport& report,
                const std::string& name);

}  // namespace kith::figures
