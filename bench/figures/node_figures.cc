// Figures 6 to 8: durable sends on Postgres, two nodes against one, two shards against one.
#include <fmt/format.h>

#include "bench/figures/figures.h"
#include "bench/figures/node_arena.h"
#include "bench/report_text.h"

namespace kith::figures {
namespace {

constexpr Population kNodeSenders{.users = 1000, .rooms = 100, .members = 20};
constexpr Population kNodeRooms{.users = 1000, .rooms = 50, .members = 20};
constexpr const char* kNodePayload = "178";
constexpr double kSendsRatioMin = 0.4;
constexpr double kPostgresAckP99MaxMs = 40;
constexpr const char* kRoomsRate = "1053";  // to 19 others each: 20,007 deliveries/s
constexpr double kTwoNodesMax = 2;
constexpr double kTwoShardsMax = 1.2;

// One run of kith-bench on nodes and a database of its own.
bench::FlatReport run_on(Arena& arena, NodeArena& place, const Population& population,
                         NodeArena::Setting setting, const Arena::Arguments& scenario) {
  const NodeArena::Database database = place.database({population});
  setting.storage_url = database.url;
  auto nodes = place.start(setting);
  std::vector<Arena::Server> servers;
  for (const NodeArena::Node& node : nodes) servers.push_back(node.server());
  const Neighbours::Watch watch(arena.neighbours());
  auto report = arena.run_bench(servers, database.seed_files.front(), scenario, std::nullopt);
  place.stop(nodes);
  return report;
}

bench::FlatReport libpq(Arena& arena, NodeArena& place, const Plan& plan, std::string series,
                        const Arena::Arguments& more) {
  arena.begin_series(std::move(series));
  const std::string url = place.database({}).url;
  Arena::Arguments limit = {arena.program("kith-limit"),
                            "postgres",
                            "--url",
                            url,
                            "--seconds",
                            plan.seconds(5),
                            "--batch",
                            "512",
                            "--channels",
                            "100",
                            "--senders",
                            "50",
                            "--payload",
                            kNodePayload};
  limit.insert(limit.end(), more.begin(), more.end());
  arena.note_command(limit, std::nullopt, {{url, "postgres://..."}});
  return arena.parsed(arena.run(limit, std::nullopt), "kith-limit postgres");
}

}  // namespace

Section measure_postgres(Arena& arena, const Plan& plan) {
  NodeArena place(arena);
  Section section{.text =
                      "As the durable sends above, on Postgres 15: 1,000 users in 100 chats that "
                      "nobody follows, 50 connections × 20 outstanding. Against `kith-limit "
                      "postgres` (lean rows, 512 messages a commit, one connection, one round "
                      "trip). Postgres, kithd and the client share all cores.",
                  .limit_name = "bare libpq"};
  Measure rate{.what = "acked messages/s", .kith = {}, .target = Target{.value = kSendsRatioMin}};
  Measure latency{
      .what = "p99 ack at half that rate, ms",
      .kith = {},
      .target = Target{
          .of = Target::Of::kith, .bound = Target::Bound::most, .value = kPostgresAckP99MaxMs}};
  Measure cpu{.what = "server with its commit path, CPU µs per message", .kith = {}};
  Progress progress{.plan = plan, .what = "acked messages/s on Postgres"};
  for (progress.round = 1; progress.round <= plan.runs; ++progress.round) {
    arena.begin_series("postgres-kithd");
    const auto report = run_on(arena, place, kNodeSenders, {.bus = false},
                               {"sends", "--connections", "50", "--in-flight", "20", "--duration",
                                plan.seconds(5), "--payload", kNodePayload});
    rate.kith.push_back(number_of(report, "acked_per_s"));
    cpu.kith.push_back(
        (number_of(report, "server.cpu_s") + number_of(report, "server.store_cpu_s")) * 1e6 /
        std::max(number_of(report, "acked"), 1.0));
    progress.say("kithd", rate.kith.back());
    rate.limit.push_back(number_of(libpq(arena, place, plan, "postgres-limit", {}), "per_s"));
    progress.say("bare libpq", rate.limit.back());
  }
  const std::string half = fmt::format("{:.0f}", spread_of(rate.kith)->median / 2);
  for (progress.round = 1; progress.round <= plan.runs; ++progress.round) {
    arena.begin_series("postgres-half");
    const auto report = run_on(arena, place, kNodeSenders, {.bus = false},
                               {"sends", "--connections", "50", "--rate", half, "--duration",
                                plan.seconds(5), "--payload", kNodePayload});
    latency.kith.push_back(number_of(report, "ack_ms.p99"));
    progress.say("p99 ack at half of it, ms:", latency.kith.back());
    const auto limit = libpq(arena, place, plan, "postgres-half-limit", {"--rate", half});
    latency.limit.push_back(number_of(limit, "ack_p99_us") / 1000);
    progress.say("bare libpq, p99, ms:", latency.limit.back());
  }
  for (Measure* measure : {&rate, &latency, &cpu}) section.measures.push_back(std::move(*measure));
  return section;
}

Section measure_nodes(Arena& arena, const Plan& plan) {
  NodeArena place(arena);
  Section section{.text =
                      "50 rooms of 20 members over two nodes, open loop at 1,053 messages/s: "
                      "20,000 deliveries/s. Against one node with the same Postgres.",
                  .limit_name = "one node"};
  Measure latency{.what = "p99 delivery, ms",
                  .kith = {},
                  .target = Target{.bound = Target::Bound::most, .value = kTwoNodesMax}};
  Measure cross{.what = "p99 delivery from node to node, ms", .kith = {}};
  Measure median{.what = "p50 delivery, ms", .kith = {}};
  Measure ack{.what = "p99 ack, ms", .kith = {}};
  Progress progress{.plan = plan, .what = "p99 delivery, ms"};
  const Arena::Arguments scenario = {"rooms", "--rate", kRoomsRate, "--duration", plan.seconds(10)};
  const auto add = [&](const bench::FlatReport& report, std::vector<double> Measure::*side) {
    (latency.*side).push_back(number_of(report, "delivery_ms.p99"));
    add_stated(median.*side, report, "delivery_ms.p50");
    add_stated(ack.*side, report, "ack_ms.p99");
  };
  for (progress.round = 1; progress.round <= plan.runs; ++progress.round) {
    arena.begin_series("nodes-two");
    const auto two = run_on(arena, place, kNodeRooms, {.nodes = 2}, scenario);
    add(two, &Measure::kith);
    add_stated(cross.kith, two, "delivery_cross_ms.p99");
    progress.say("two nodes", latency.kith.back());
    arena.begin_series("nodes-one");
    add(run_on(arena, place, kNodeRooms, {.nodes = 1}, scenario), &Measure::limit);
    progress.say("one node", latency.limit.back());
  }
  for (Measure* measure : {&latency, &cross, &median, &ack}) {
    section.measures.push_back(std::move(*measure));
  }
  return section;
}

Section measure_shards(Arena& arena, const Plan& plan) {
  NodeArena place(arena);
  Section section{.text =
                      "The same load on one node of two shards, against one of one shard; on "
                      "Postgres, without a bus.",
                  .limit_name = "one shard"};
  Measure cpu{.what = "CPU µs per delivery, commit path apart",
              .kith = {},
              .target = Target{.bound = Target::Bound::most, .value = kTwoShardsMax}};
  Measure latency{.what = "p99 delivery, ms", .kith = {}};
  Progress progress{.plan = plan, .what = "CPU µs per delivery"};
  const Arena::Arguments scenario = {"rooms", "--rate", kRoomsRate, "--duration", plan.seconds(10)};
  for (progress.round = 1; progress.round <= plan.runs; ++progress.round) {
    for (const int shards : {2, 1}) {
      const auto side = shards == 2 ? &Measure::kith : &Measure::limit;
      arena.begin_series(fmt::format("shards-{}", shards));
      const auto report =
          run_on(arena, place, kNodeRooms, {.shards = shards, .bus = false}, scenario);
      (cpu.*side).push_back(number_of(report, "server.cpu_us_per_delivery"));
      add_stated(latency.*side, report, "delivery_ms.p99");
      progress.say(shards == 2 ? "two shards" : "one shard", (cpu.*side).back());
    }
  }
  section.measures = {std::move(cpu), std::move(latency)};
  return section;
}

}  // namespace kith::figures
