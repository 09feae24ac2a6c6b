// Figure 2: many rooms, open loop.
#include <algorithm>

#include "bench/figures/figures.h"

namespace kith::figures {
namespace {

constexpr Population kRooms{.users = 1000, .rooms = 50, .members = 20};
constexpr const char* kMessagesPerSecond = "2632";  // to 19 others each: 50,008 deliveries/s
constexpr double kDeliveryP99MaxMs = 20;
constexpr double kRoomsFsyncs = 4;
constexpr double kRatioMax = 1.5;

}  // namespace

Section measure_rooms(Arena& arena, const Plan& plan) {
  Section section{.text =
                      "50 rooms of 20 members, 1,000 sockets, open loop at 2,632 messages/s: "
                      "50,000 deliveries/s. Latency counts from when a message was due.",
                  .limit_name = "bare TCP"};
  const Arena::Arguments scenario = {"rooms", "--rate", kMessagesPerSecond, "--duration",
                                     plan.seconds(10)};
  Measure latency{
      .what = "p99 delivery, ms",
      .kith = {},
      .target = Target{.of = Target::Of::kith,
                       .bound = Target::Bound::most,
                       .value = std::max(kDeliveryP99MaxMs, kRoomsFsyncs * plan.fsync_ms)}};
  Measure cpu{.what = "CPU µs per delivery, commit path apart",
              .kith = {},
              .target = Target{.bound = Target::Bound::most, .value = kRatioMax}};
  Measure store{.what = "commit path, CPU µs per message", .kith = {}};
  Measure median{.what = "p50 delivery, ms", .kith = {}};
  Measure ack{.what = "p99 ack, ms", .kith = {}};
  Measure rate{.what = "deliveries/s", .kith = {}};
  Measure busy{.what = "server, % of its core, commit path apart", .kith = {}};
  Measure client{.what = "client, % of its core", .kith = {}};
  const auto add = [&](const bench::FlatReport& report, std::vector<double> Measure::*side) {
    (latency.*side).push_back(number_of(report, "delivery_ms.p99"));
    (cpu.*side).push_back(number_of(report, "server.cpu_us_per_delivery"));
    add_stated(median.*side, report, "delivery_ms.p50");
    add_stated(ack.*side, report, "ack_ms.p99");
    add_stated(rate.*side, report, "delivered_per_s");
    add_stated(busy.*side, report, "server.cpu_percent");
    add_stated(client.*side, report, "client_cpu_percent");
  };
  Progress progress{.plan = plan, .what = "CPU µs per delivery"};
  for (progress.round = 1; progress.round <= plan.runs; ++progress.round) {
    arena.begin_series("rooms-kithd");
    const auto kith = arena.kithd(kRooms, scenario);
    add(kith, &Measure::kith);
    add_stated(store.kith, kith, "server.store_cpu_us_per_message");
    progress.say("kithd", cpu.kith.back());
    arena.begin_series("rooms-limit");
    add(arena.tcp_limit(kRooms, scenario), &Measure::limit);
    progress.say("limit", cpu.limit.back());
  }
  for (Measure* measure : {&latency, &cpu, &store, &median, &ack, &rate, &busy, &client}) {
    section.measures.push_back(std::move(*measure));
  }
  return section;
}

}  // namespace kith::figures
