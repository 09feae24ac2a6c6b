// Figure 1: one publisher, everybody else subscribed.
#include <fmt/format.h>

#include "bench/figures/figures.h"
#include "bench/report_text.h"

namespace kith::figures {
namespace {

constexpr double kRatioMin = 0.9;

double with_store(const bench::FlatReport& report) {
  return number_of(report, "server.deliveries") /
         (number_of(report, "server.cpu_s") + number_of(report, "server.store_cpu_s"));
}

struct Case {
  int subscribers;
  int in_flight;
};

void measure(Arena& arena, const Plan& plan, const Case& one, Section& section) {
  const std::string what =
      fmt::format("{} subscribers, {} in flight", bench::grouped(std::uint64_t(one.subscribers)),
                  one.in_flight);
  const Population population{.users = one.subscribers, .rooms = 1, .members = one.subscribers};
  const Arena::Arguments scenario = {"broadcast", "--in-flight", std::to_string(one.in_flight),
                                     "--duration", plan.seconds(5)};
  Measure efficiency{.what = what + ": deliveries per core-second, commit path apart",
                     .kith = {},
                     .target = Target{.value = kRatioMin}};
  Measure whole{.what = what + ": the same with the commit path", .kith = {}};
  Measure rate{.what = what + ": deliveries/s", .kith = {}};
  Measure store{.what = what + ": commit path, CPU µs per message", .kith = {}};
  Measure latency{.what = what + ": p99 delivery, ms", .kith = {}};
  Measure client{.what = what + ": client, % of its core", .kith = {}};
  Progress progress{.plan = plan, .what = what};
  const auto add = [&](const bench::FlatReport& report, std::vector<double> Measure::*side) {
    (efficiency.*side).push_back(number_of(report, "server.deliveries_per_core_s"));
    add_stated(rate.*side, report, "delivered_per_s");
    add_stated(latency.*side, report, "delivery_ms.p99");
    add_stated(client.*side, report, "client_cpu_percent");
  };
  for (progress.round = 1; progress.round <= plan.runs; ++progress.round) {
    arena.begin_series(fmt::format("fanout-{}-{}-kithd", one.subscribers, one.in_flight));
    const auto kith = arena.kithd(population, scenario);
    add(kith, &Measure::kith);
    whole.kith.push_back(with_store(kith));
    add_stated(store.kith, kith, "server.store_cpu_us_per_message");
    progress.say("kithd", efficiency.kith.back());
    arena.begin_series(fmt::format("fanout-{}-{}-limit", one.subscribers, one.in_flight));
    add(arena.tcp_limit(population, scenario), &Measure::limit);
    progress.say("limit", efficiency.limit.back());
  }
  for (Measure* measure : {&efficiency, &whole, &rate, &store, &latency, &client}) {
    section.measures.push_back(std::move(*measure));
  }
}

}  // namespace

Section measure_fanout(Arena& arena, const Plan& plan) {
  Section section{
      .text =
          "One publisher keeps so many messages in flight (one leaves flight when every "
          "subscriber has it); against `kith-limit tcp`, which stores nothing. Core-seconds "
          "are of all the server's threads but those named `store…`, which commit.",
      .limit_name = "bare TCP"};
  for (const Case one : {Case{1000, 1}, Case{1000, 16}, Case{5000, 1}, Case{5000, 16}}) {
    measure(arena, plan, one, section);
  }
  return section;
}

}  // namespace kith::figures
