// Figure 10: what the absence of Redis costs, and how soon after its return all is as before.
#include <fmt/format.h>

#include <future>
#include <thread>

#include "bench/figures/figures.h"
#include "bench/figures/live_lines.h"
#include "bench/figures/node_arena.h"

namespace kith::figures {
namespace {

using namespace std::chrono_literals;
using Seconds = std::chrono::duration<double>;
using Clock = std::chrono::steady_clock;

constexpr Population kBusRooms{.users = 400, .rooms = 20, .members = 20};
constexpr const char* kRate = "263";  // 5,000 deliveries/s
constexpr double kLocalRatioMax = 1.2;
constexpr double kCrossMaxMs = 1500;
constexpr double kBackWithinS = 5;
// A second whose p99 is within so many times that of the run with Redis is as usual: one such p99
// is noisier than that of twenty seconds, and without Redis it is some twenty times as much.
constexpr double kUsualWithin = 2;

// On the clock of the load.
struct Schedule {
  int stop_s = 3;
  int return_s = 63;
  int end_s = 83;
};

struct Outage {
  bench::FlatReport report;
  std::vector<LiveSecond> seconds;
  double returned_s = 0;  // when Redis was there again, since the load began
  double healthy_after_s = 0;
};

// The run of kith-bench that goes on meanwhile.
class RunningLoad {
 public:
  RunningLoad(Arena& arena, std::future<bench::FlatReport> report)
      : arena_(arena), report_(std::move(report)) {}

  // Connecting takes as long as it takes: only its live lines tell when the load began.
  void await_first_second() {
    for (;; check()) {
      const auto seconds = live_seconds(read_file(arena_.bench_log()));
      if (seconds.empty()) continue;
      began_ = Clock::now() -
               std::chrono::duration_cast<Clock::duration>(Seconds(seconds.front().end_s));
      return;
    }
  }
  double elapsed_s() const { return Seconds(Clock::now() - began_).count(); }
  void await(double elapsed) {
    while (elapsed_s() < elapsed) check();
  }
  // A moment later; throws where nobody is connected any more, or what the run has thrown.
  void check() {
    if (report_.wait_for(20ms) == std::future_status::timeout) return;
    report_.get();
    throw RunFailed("the load has ended before Redis was back for all nodes");
  }
  bench::FlatReport report() { return report_.get(); }

 private:
  Arena& arena_;
  std::future<bench::FlatReport> report_;
  Clock::time_point began_;
};

// Redis is stopped and started on this thread: a child of a thread that ends is ended with it.
Outage without_redis(Arena& arena, NodeArena& place, const std::vector<NodeArena::Node>& nodes,
                     const std::filesystem::path& seed_file, const Schedule& schedule) {
  std::vector<Arena::Server> servers;
  for (const NodeArena::Node& node : nodes) servers.push_back(node.server());
  std::filesystem::remove(arena.bench_log());  // of the run before
  RunningLoad load(arena, std::async(std::launch::async, [&arena, servers, seed_file, schedule] {
                     return arena.run_bench(
                         servers, seed_file,
                         {"rooms", "--rate", kRate, "--duration", std::to_string(schedule.end_s)},
                         std::nullopt);
                   }));
  load.await_first_second();
  load.await(schedule.stop_s);
  place.stop_redis();
  load.await(schedule.return_s);
  place.start_redis();
  Outage outage{.report = {}, .seconds = {}, .returned_s = load.elapsed_s()};
  for (const NodeArena::Node& node : nodes) {
    while (node.metric("kith_bus_healthy") != 1) load.check();
  }
  outage.healthy_after_s = load.elapsed_s() - outage.returned_s;
  outage.report = load.report();
  outage.seconds = live_seconds(read_file(arena.bench_log()));
  return outage;
}

Target at_most(double value) {
  return {.of = Target::Of::kith, .bound = Target::Bound::most, .value = value};
}

struct Measures {
  Measure local{.what = "p99 delivery on the sender's node, ms",
                .kith = {},
                .target = Target{.bound = Target::Bound::most, .value = kLocalRatioMax}};
  Measure cross{
      .what = "p99 delivery from node to node, ms", .kith = {}, .target = at_most(kCrossMaxMs)};
  Measure healthy{.what = "healthy again after, s", .kith = {}, .target = at_most(kBackWithinS)};
  Measure usual{.what = "from node to node as usual again after, s",
                .kith = {},
                .target = at_most(kBackWithinS)};
  Measure after{.what = "p99 from node to node from five seconds later on, ms", .kith = {}};

  void add_with(const bench::FlatReport& report) {
    local.limit.push_back(number_of(report, "delivery_local_ms.p99"));
    cross.limit.push_back(number_of(report, "delivery_cross_ms.p99"));
    after.limit.push_back(cross.limit.back());
  }
  // Of the same round, after add_with().
  void add_without(const Outage& outage, const Schedule& schedule) {
    local.kith.push_back(number_of(outage.report, "delivery_local_ms.p99"));
    cross.kith.push_back(number_of(outage.report, "delivery_cross_ms.p99"));
    healthy.kith.push_back(outage.healthy_after_s);
    const auto again =
        usual_again_s(outage.seconds, outage.returned_s, kUsualWithin * cross.limit.back());
    // Where it never was: longer than that.
    usual.kith.push_back(again.value_or(schedule.end_s - outage.returned_s));
    const auto later = median_cross_p99_ms(outage.seconds, outage.returned_s + kBackWithinS);
    if (later) after.kith.push_back(*later);
  }
};

}  // namespace

Section measure_outage(Arena& arena, const Plan& plan) {
  NodeArena place(arena);
  const Schedule schedule =
      plan.quick ? Schedule{.stop_s = 2, .return_s = 6, .end_s = 16} : Schedule{};
  Section section{
      .text = fmt::format(
          "20 rooms of 20 over two nodes, 263 messages/s (5,000 deliveries/s), for {} s, and Redis "
          "stopped for {} s of them: it goes {} s after the load has begun, and comes back while "
          "it goes on. Against the same with Redis. Latencies are those of the whole run. And how "
          "long after Redis's return both nodes' buses are healthy again, and deliveries from node "
          "to node as usual: until the first of three seconds in a row whose p99 is at most {} "
          "times that of the run with Redis (to a second; where it never is, what was left of the "
          "load); five seconds after it, the median of the seconds' p99. In {}.",
          schedule.end_s, schedule.return_s - schedule.stop_s, schedule.stop_s, kUsualWithin,
          plan.runs == 1 ? "1 round" : fmt::format("{} rounds", plan.runs)),
      .limit_name = "with Redis"};
  Measures measures;
  Progress progress{.plan = plan, .what = "p99 from node to node, ms"};
  for (progress.round = 1; progress.round <= plan.runs; ++progress.round) {
    const NodeArena::Database database = place.database({kBusRooms});
    auto nodes = place.start({.storage_url = database.url, .nodes = 2});
    const auto& seed_file = database.seed_files[0];
    arena.begin_series("outage-with-redis");
    measures.add_with(arena.run_bench({nodes[0].server(), nodes[1].server()}, seed_file,
                                      {"rooms", "--rate", kRate, "--duration", plan.seconds(20)},
                                      std::nullopt));
    progress.say("with Redis", measures.cross.limit.back());
    arena.begin_series("outage-without");
    measures.add_without(without_redis(arena, place, nodes, seed_file, schedule), schedule);
    progress.say("without Redis", measures.cross.kith.back());
    progress.say("as usual again after, s:", measures.usual.kith.back());
    place.stop(nodes);
  }
  for (Measure* measure :
       {&measures.local, &measures.cross, &measures.healthy, &measures.usual, &measures.after}) {
    section.measures.push_back(std::move(*measure));
  }
  return section;
}

}  // namespace kith::figures
