#include "bench/figures/figures.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/report_text.h"

namespace kith::figures {

const std::vector<Figure>& all_figures() {
  static const std::vector<Figure> all = {
      {"fanout", "Fan-out", measure_fanout},
      {"rooms", "Rooms", measure_rooms},
      {"sends", "Durable sends", measure_sends},
      {"idle", "Idle", measure_idle},
      {"storm", "Storm", measure_storm},
      {"postgres", "Durable sends on Postgres", measure_postgres},
      {"nodes", "Two nodes", measure_nodes},
      {"shards", "Two shards", measure_shards},
      {"following", "What a node is sent", measure_following},
      {"outage", "Without Redis", measure_outage},
      {"activities", "Activities", measure_activities},
      {"ranks", "Ranks", measure_ranks},
      {"boards", "Live boards", measure_boards},
      {"club_broadcast", "A broadcast to a large club", measure_club_broadcast},
      {"http", "Reads over HTTP", measure_http}};
  return all;
}

void Progress::say(std::string_view side, double value) const {
  fmt::print(stderr, "  {}, round {} of {}: {} {}\n", what, round, plan.runs, side,
             bench::short_number(value));
}

double rss_grown_bytes(const bench::FlatReport& report) {
  return std::max(number_of(report, "server.rss_connected_bytes"),
                  number_of(report, "server.rss_bytes")) -
         number_of(report, "server.rss_idle_bytes");
}

void add_stated(std::vector<double>& values, const bench::FlatReport& report,
                const std::string& name) {
  const auto* number = report.number(name);
  if (number != nullptr && *number) values.push_back(**number);
}

}  // namespace kith::figures
