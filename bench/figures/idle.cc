// Figure 4: many who sit still.
#include "bench/figures/figures.h"

namespace kith::figures {
namespace {

constexpr Population kSitters{.users = 10'000, .rooms = 500, .members = 20};
constexpr double kSessions = 10'000;
constexpr double kKibPerSessionMax = 2.5;
constexpr double kCpuPercentMax = 1;

double kib_per_session(const bench::FlatReport& report) {
  return rss_grown_bytes(report) / kSessions / 1024;
}

}  // namespace

Section measure_idle(Arena& arena, const Plan& plan) {
  Section section{
      .text =
          "10,000 sessions, connected, authenticated and subscribed to one chat "
          "each, sit still; then each chat's message must reach all its members. "
          "Memory is what the server's resident set has grown by since before the "
          "first of them, until all were there or until the silence was over, whichever "
          "is more; CPU is of the time in which nothing happens.",
      .limit_name = "bare TCP"};
  // Long enough for every session to be pinged once: the only thing that goes on.
  const auto scenario = [&](int seconds) -> Arena::Arguments {
    return {"idle", "--connect-rate", "2000", "--duration", plan.seconds(seconds)};
  };
  Measure memory{
      .what = "resident KiB per session",
      .kith = {},
      .target =
          Target{.of = Target::Of::kith, .bound = Target::Bound::most, .value = kKibPerSessionMax}};
  Measure cpu{.what = "% of a core for all of them, with the commit path",
              .kith = {},
              .target = Target{
                  .of = Target::Of::kith, .bound = Target::Bound::most, .value = kCpuPercentMax}};
  Measure latency{.what = "p99 delivery of the messages that end it, ms", .kith = {}};
  Progress progress{.plan = plan, .what = "KiB per session"};
  const auto add = [&](const bench::FlatReport& report, std::vector<double> Measure::*side) {
    (memory.*side).push_back(kib_per_session(report));
    (cpu.*side).push_back(number_of(report, "server.cpu_percent") +
                          number_of(report, "server.store_cpu_percent"));
    add_stated(latency.*side, report, "delivery_ms.p99");
  };
  for (progress.round = 1; progress.round <= plan.runs; ++progress.round) {
    arena.begin_series("idle-kithd");
    add(arena.kithd(kSitters, scenario(30)), &Measure::kith);
    progress.say("kithd", memory.kith.back());
    arena.begin_series("idle-limit");
    add(arena.tcp_limit(kSitters, scenario(5)), &Measure::limit);
    progress.say("limit", memory.limit.back());
  }
  for (Measure* measure : {&memory, &cpu, &latency}) {
    section.measures.push_back(std::move(*measure));
  }
  return section;
}

}  // namespace kith::figures
