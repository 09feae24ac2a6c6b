// What rewards cost: activities acked, one's own rank, a board that many watch.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "bench/figures/figures.h"
#include "bench/report_text.h"

namespace kith::figures {
namespace {

constexpr Population kDoers{.users = 1000, .rooms = 100, .members = 10};
constexpr double kActivitiesRatioMin = 0.5;
constexpr const char* kOutstanding = "256";

constexpr double kRankP99MaxMs = 5;
constexpr double kRankGrowthMax = 3;

constexpr Population kWatchers{.users = 10'000, .rooms = 1, .members = 2};
constexpr const char* kWatcherCount = "10000";

}  // namespace

Section measure_activities(Arena& arena, const Plan& plan) {
  Section section{
      .text = fmt::format(
          "1,000 users, activities of the kind `points` over {} connections that are kept alive, "
          "the next when one is answered; an answer means committed. Each writes the activity, its "
          "day and total, the score and its day, five boards and their counts, and an event. "
          "Against `kith-limit activities` (the same rows and nothing looked up, {} a commit) on "
          "the same core and disk. At the end of every run each score and entry is what was acked.",
          kOutstanding, kOutstanding),
      .limit_name = "bare SQLite"};
  Measure rate{
      .what = "acked activities/s", .kith = {}, .target = Target{.value = kActivitiesRatioMin}};
  Measure latency{.what = "p99 of the answers, ms", .kith = {}};
  Measure busy{.what = "server, % of its core, commit path apart", .kith = {}};
  Measure store{.what = "commit path, % of the same core", .kith = {}};
  Measure client{.what = "client, % of its core", .kith = {}};
  Progress progress{.plan = plan, .what = "acked activities/s"};
  for (progress.round = 1; progress.round <= plan.runs; ++progress.round) {
    arena.begin_series("activities-kithd");
    const auto report = arena.kithd(
        kDoers, {"rewards", "--closed", "--http-connections", kOutstanding, "--connections", "1",
                 "--check-ins", "0", "--repeats", "0", "--duration", plan.seconds(5)});
    rate.kith.push_back(number_of(report, "acked_per_s"));
    add_stated(latency.kith, report, "ack_ms.p99");
    add_stated(busy.kith, report, "server.cpu_percent");
    add_stated(store.kith, report, "server.store_cpu_percent");
    add_stated(client.kith, report, "client_cpu_percent");
    progress.say("kithd", rate.kith.back());
    arena.begin_series("activities-limit");
    rate.limit.push_back(number_of(
        arena.bare_sql("activities", {"--seconds", plan.seconds(5), "--batch", kOutstanding,
                                      "--users", std::to_string(kDoers.users)}),
        "per_s"));
    progress.say("bare SQLite", rate.limit.back());
  }
  for (Measure* measure : {&rate, &latency, &busy, &store, &client}) {
    section.measures.push_back(std::move(*measure));
  }
  return section;
}

namespace {

struct RankRow {
  std::int64_t users = 0;
  double p50_us = 0;
  double p99_us = 0;
  std::string store;
};

// "  1000   112   240   700  sqlite:..." of the test that measures it.
std::vector<RankRow> rank_rows(const std::string& output) {
  std::vector<RankRow> rows;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    RankRow row;
    double max_us = 0;
    std::string url;
    if (!(words >> row.users >> row.p50_us >> row.p99_us >> max_us >> url)) continue;
    row.store = url.starts_with("postgres") ? "Postgres" : "SQLite";
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Section measure_ranks(Arena& arena, const Plan& plan) {
  Section section{
      .text =
          "2,000 looks at one's own rank, as a shard asks the store for it: there and back, with "
          "the board's total and the entry at that rank. A board counts its entries by blocks of "
          "some 10,000 and by chunks of some 100, so a rank is two sums and a walk within a chunk "
          "(storage/sql_board_chunks.h). Growth is the median among a million against that among a "
          "thousand.",
      .limit_name = "among 1,000"};
  struct Series {
    Measure p99;
    Measure growth;
  };
  std::map<std::string, Series> series;
  Progress progress{.plan = plan, .what = "own rank among a million, p50 us"};
  for (progress.round = 1; progress.round <= plan.runs; ++progress.round) {
    const Arena::Arguments command = {arena.program("kith_storage_tests"), "--no-skip",
                                      "--test-case=figures: one's own rank*"};
    arena.note_command(command, std::nullopt, {});
    std::map<std::string, std::map<std::int64_t, RankRow>> stores;
    for (RankRow& row : rank_rows(arena.run(command, std::nullopt))) {
      stores[row.store][row.users] = row;
    }
    if (stores.empty()) throw RunFailed("the storage tests printed no ranks");
    for (const auto& [store, rows] : stores) {
      const RankRow& few = rows.begin()->second;
      const RankRow& many = rows.rbegin()->second;
      Series& one = series[store];
      one.p99.what = fmt::format("{}: p99 among {}, ms", store,
                                 bench::grouped(static_cast<std::uint64_t>(many.users)));
      one.p99.target =
          Target{.of = Target::Of::kith, .bound = Target::Bound::most, .value = kRankP99MaxMs};
      one.p99.kith.push_back(many.p99_us / 1000);
      one.growth.what = store + ": p50, µs";
      one.growth.target = Target{.bound = Target::Bound::most, .value = kRankGrowthMax};
      one.growth.kith.push_back(many.p50_us);
      one.growth.limit.push_back(few.p50_us);
      progress.say(store, many.p50_us);
    }
  }
  for (auto& [store, one] : series) {
    section.measures.push_back(std::move(one.growth));
    section.measures.push_back(std::move(one.p99));
  }
  return section;
}

Section measure_boards(Arena& arena, const Plan& plan) {
  Section section{.text =
                      "10,000 sockets watch one board; 50 activities a second move it, so it goes "
                      "out as often as "
                      "it may, four times a second, as one frame for all. Server CPU is all that "
                      "the server did, "
                      "the activities and their commits among it, by change and watcher.",
                  .limit_name = ""};
  Measure changes{.what = "changes/s that every watcher got", .kith = {}};
  Measure bytes{.what = "bytes per change and watcher", .kith = {}};
  Measure cpu{.what = "server CPU µs per change and watcher, with the commit path", .kith = {}};
  Measure share{.what = "server, % of its core, with the commit path", .kith = {}};
  Measure latency{.what = "p99 of the activities' answers meanwhile, ms", .kith = {}};
  Measure client{.what = "client, % of its core", .kith = {}};
  Progress progress{.plan = plan, .what = "server CPU µs per change and watcher"};
  for (progress.round = 1; progress.round <= plan.runs; ++progress.round) {
    arena.begin_series("boards-kithd");
    const auto report = arena.kithd(
        kWatchers, {"rewards", "--connections", kWatcherCount, "--connect-rate", "2000", "--users",
                    "1000", "--rate", "50", "--check-ins", "0", "--duration", plan.seconds(10)});
    const double frames = std::max(1.0, number_of(report, "figures.board_frames"));
    changes.kith.push_back(frames / number_of(report, "figures.watchers") /
                           number_of(report, "seconds"));
    bytes.kith.push_back(number_of(report, "figures.board_bytes_per_frame"));
    cpu.kith.push_back(
        1e6 * (number_of(report, "server.cpu_s") + number_of(report, "server.store_cpu_s")) /
        frames);
    share.kith.push_back(number_of(report, "server.cpu_percent") +
                         number_of(report, "server.store_cpu_percent"));
    add_stated(latency.kith, report, "ack_ms.p99");
    add_stated(client.kith, report, "client_cpu_percent");
    progress.say("kithd", cpu.kith.back());
  }
  for (Measure* measure : {&changes, &bytes, &cpu, &share, &latency, &client}) {
    section.measures.push_back(std::move(*measure));
  }
  return section;
}

}  // namespace kith::figures
