// Figure 9: what a node is sent by Redis.
#include <fmt/format.h>

#include <future>

#include "bench/figures/figures.h"
#include "bench/figures/node_arena.h"

namespace kith::figures {
namespace {

constexpr Population kManyRooms{.users = 2000, .rooms = 1980, .members = 2};
constexpr Population kFewRooms{.users = 40, .rooms = 20, .members = 2};
// Beside the followed rooms' own bytes: canaries, presence, what was subscribed.
constexpr double kBytesRatioMax = 1.5;

double since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
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

}  // namespace kith::figures
