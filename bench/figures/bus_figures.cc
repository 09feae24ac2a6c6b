// Figures 9 and 10: what a node is sent by Redis, and what its absence costs.
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <thread>

#include "bench/figures/figures.h"
#include "bench/figures/node_arena.h"
#include "bench/report_text.h"

namespace kith::figures {
namespace {

using namespace std::chrono_literals;

constexpr Population kManyRooms{.users = 2000, .rooms = 1980, .members = 2};
constexpr Population kFewRooms{.users = 40, .rooms = 20, .members = 2};
// Beside the followed rooms' own bytes: canaries, presence, what was subscribed.
constexpr double kBytesRatioMax = 1.5;

constexpr Population kBusRooms{.users = 400, .rooms = 20, .members = 20};
constexpr const char* kRate = "263";  // 5,000 deliveries/s
constexpr double kLocalRatioMax = 1.2;
constexpr double kCrossMaxMs = 1500;
constexpr double kBackWithinS = 5;

double since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

// Redis goes a second after the load has begun, and comes back when it has ended.
bench::FlatReport without_redis(Arena& arena, NodeArena& place,
                                const std::vector<Arena::Server>& servers,
                                const std::filesystem::path& seed_file,
                                const Arena::Arguments& scenario) {
  std::promise<void> ended;
  auto outage = std::async(std::launch::async, [&, over = ended.get_future()]() mutable {
    if (over.wait_for(3s) == std::future_status::timeout) place.stop_redis();
  });
  std::optional<bench::FlatReport> report;
  try {
    report = arena.run_bench(servers, seed_file, scenario, std::nullopt);
  } catch (...) {
    ended.set_value();
    outage.wait();
    throw;
  }
  ended.set_value();
  outage.get();
  return *std::move(report);
}

}  // namespace

Section measure_following(Arena& arena, const Plan& plan) {
  NodeArena place(arena);
  Section section{.text =
                      "2,000 rooms with load on one node; another node follows 20 of them. Bytes "
                      "that Redis sends to it, against those of the 20 rooms' messages alone: "
                      "what the first node has sent to Redis, in proportion."};
  Measure bytes{.what = "bytes received from Redis, kB/s",
                .kith = {},
                .target = Target{.bound = Target::Bound::most, .value = kBytesRatioMax}};
  section.limit_name = "the 20 rooms' own";
  Measure all{.what = "bytes sent to Redis by the node with all rooms, kB/s", .kith = {}};
  Progress progress{.plan = plan, .what = "kB/s from Redis"};
  for (progress.round = 1; progress.round <= plan.runs; ++progress.round) {
    const NodeArena::Database database = place.database({kManyRooms, kFewRooms});
    auto nodes = place.start({.storage_url = database.url, .nodes = 2});
    NodeArena::Node& talking = nodes[0];
    NodeArena::Node& following = nodes[1];
    arena.begin_series("following");
    // A rate per room that is the same in all of them.
    const std::string seconds = plan.seconds(10);
    const double duration = std::stod(seconds);
    const double sent_before = talking.metric("kith_bus_bytes_sent_total");
    arena.run_bench({talking.server()}, database.seed_files[0],
                    {"rooms", "--rate", "990", "--duration", seconds}, std::nullopt);
    const double many = talking.metric("kith_bus_bytes_sent_total") - sent_before;
    const double before = following.metric("kith_bus_bytes_received_total");
    const auto begun = std::chrono::steady_clock::now();
    auto others = std::async(std::launch::async, [&] {
      // Its own files would be the other run's too: only the load is wanted.
      return arena.run(
          {arena.program("kith-bench"), "rooms", "--rate", "990", "--duration", seconds,
           "--threads", "1", "--url", fmt::format("ws://127.0.0.1:{}", talking.port), "--seed-file",
           database.seed_files[0].string()},
          std::nullopt);
    });
    std::string wrong;
    try {
      arena.run_bench({talking.server(), following.server()}, database.seed_files[1],
                      {"rooms", "--rate", "10", "--duration", seconds}, std::nullopt);
    } catch (const RunFailed& failure) {
      wrong = failure.what();
    }
    others.get();
    if (!wrong.empty()) throw RunFailed(wrong);
    const double took = since(begun);
    const double received = following.metric("kith_bus_bytes_received_total") - before;
    bytes.kith.push_back(received / 1000 / took);
    bytes.limit.push_back(many / duration * (10.0 / 990.0) / 1000);
    all.kith.push_back(many / 1000 / duration);
    progress.say("received", bytes.kith.back());
    place.stop(nodes);
  }
  section.measures = {std::move(bytes), std::move(all)};
  return section;
}

Section measure_outage(Arena& arena, const Plan& plan) {
  NodeArena place(arena);
  Section section{.text =
                      "20 rooms of 20 over two nodes, 263 messages/s (5,000 deliveries/s), and "
                      "Redis stopped for a minute meanwhile. Against the same with Redis; and how "
                      "long after its return both nodes' buses are healthy again.",
                  .limit_name = "with Redis"};
  Measure local{.what = "p99 delivery on the sender's node, ms",
                .kith = {},
                .target = Target{.bound = Target::Bound::most, .value = kLocalRatioMax}};
  const auto at_most = [](double value) {
    return Target{.of = Target::Of::kith, .bound = Target::Bound::most, .value = value};
  };
  Measure cross{
      .what = "p99 delivery from node to node, ms", .kith = {}, .target = at_most(kCrossMaxMs)};
  Measure back{.what = "healthy again after, s", .kith = {}, .target = at_most(kBackWithinS)};
  Measure after{.what = "p99 from node to node five seconds later, ms", .kith = {}};
  Progress progress{.plan = plan, .what = "p99 from node to node, ms"};
  const int rounds = plan.quick ? 1 : std::min(plan.runs, 2);  // two minutes each
  section.rounds = rounds;
  for (progress.round = 1; progress.round <= rounds; ++progress.round) {
    const NodeArena::Database database = place.database({kBusRooms});
    auto nodes = place.start({.storage_url = database.url, .nodes = 2});
    const std::vector<Arena::Server> servers = {nodes[0].server(), nodes[1].server()};
    const auto scenario = [](const std::string& seconds) {
      return Arena::Arguments{"rooms", "--rate", kRate, "--duration", seconds};
    };
    arena.begin_series("outage-with-redis");
    const auto usual =
        arena.run_bench(servers, database.seed_files[0], scenario(plan.seconds(20)), std::nullopt);
    local.limit.push_back(number_of(usual, "delivery_local_ms.p99"));
    cross.limit.push_back(number_of(usual, "delivery_cross_ms.p99"));
    arena.begin_series("outage-without");
    const auto without = without_redis(arena, place, servers, database.seed_files[0],
                                       scenario(plan.quick ? "8" : "63"));
    local.kith.push_back(number_of(without, "delivery_local_ms.p99"));
    cross.kith.push_back(number_of(without, "delivery_cross_ms.p99"));
    progress.say("without Redis", cross.kith.back());
    place.start_redis();
    const auto returned = std::chrono::steady_clock::now();
    for (const NodeArena::Node& node : nodes) {
      while (node.metric("kith_bus_healthy") != 1) {
        if (interrupted != 0) throw Interrupted();
        if (since(returned) > 60) throw RunFailed("the bus does not come back");
        std::this_thread::sleep_for(20ms);
      }
    }
    back.kith.push_back(since(returned));
    while (since(returned) < kBackWithinS) std::this_thread::sleep_for(50ms);
    arena.begin_series("outage-after");
    const auto again =
        arena.run_bench(servers, database.seed_files[0], scenario(plan.seconds(10)), std::nullopt);
    after.kith.push_back(number_of(again, "delivery_cross_ms.p99"));
    after.limit.push_back(cross.limit.back());
    place.stop(nodes);
  }
  for (Measure* measure : {&local, &cross, &back, &after}) {
    section.measures.push_back(std::move(*measure));
  }
  return section;
}

}  // namespace kith::figures
