// Figure 3: durable sends that nobody follows: what a commit costs.
#include <fmt/format.h>

#include <algorithm>

#include "bench/figures/figures.h"
#include "bench/report_text.h"

namespace kith::figures {
namespace {

constexpr Population kSenders{.users = 1000, .rooms = 100, .members = 20};
// About 200 bytes of content: an everyday message, and the size at which the store was designed.
constexpr const char* kPayload = "178";
constexpr double kAckP99MaxMs = 25;
constexpr double kFsyncs = 4;
constexpr double kAgedRatioMin = 0.8;
constexpr std::int64_t kManyStored = 1'000'000;
constexpr std::int64_t kManyStoredQuick = 100'000;

struct Load {
  std::string name;
  std::string connections;
  std::string in_flight;
  double ratio_min;
  Measure rate{};
  Measure busy{};
  Measure store{};
  Measure client{};
  Measure latency{};  // at half the rate
};

Load load_of(std::string connections, std::string in_flight, double ratio_min) {
  Load load{.name = fmt::format("{} connections × {} outstanding", connections, in_flight),
            .connections = std::move(connections),
            .in_flight = std::move(in_flight),
            .ratio_min = ratio_min};
  load.rate = {.what = load.name + ": acked messages/s", .target = Target{.value = ratio_min}};
  load.busy = {.what = load.name + ": server, % of its core, commit path apart"};
  load.store = {.what = load.name + ": commit path, % of the same core"};
  load.client = {.what = load.name + ": client, % of its core"};
  load.latency = {.what = load.name + ": p99 ack at half that rate, ms"};
  return load;
}

class Sends {
 public:
  Sends(Arena& arena, const Plan& plan) : arena_(arena), plan_(plan) {}

  Section measure() {
    fill();
    for (progress_.round = 1; progress_.round <= plan_.runs; ++progress_.round) round();
    for (Load* load : {&few_, &many_}) half_rate(*load);
    Section section{
        .text =
            "1,000 users in 100 chats that nobody follows: acks only, an ack means committed. "
            "178 bytes of text a message. "
            "Against `kith-limit sqlite` (lean tables, sorted ids, 512 messages a commit, "
            "WAL, synchronous=FULL) on the same core and disk.",
        .limit_name = "bare SQLite"};
    for (Load* load : {&few_, &many_}) {
      for (Measure* measure :
           {&load->rate, &load->latency, &load->busy, &load->store, &load->client}) {
        section.measures.push_back(std::move(*measure));
      }
    }
    section.measures.push_back(std::move(aged_));
    section.measures.push_back(std::move(aged_both_));
    return section;
  }

 private:
  Arena::Arguments closed_loop(const Load& load, const std::string& seconds) const {
    return {"sends",      "--connections", load.connections, "--in-flight", load.in_flight,
            "--duration", seconds,         "--payload",      kPayload};
  }

  // A data directory with that many messages, for the runs that show what age costs.
  void fill() {
    const std::string many = bench::grouped(static_cast<std::uint64_t>(stored_));
    aged_.what = fmt::format("{}: acked messages/s with {} messages stored, against a new store",
                             few_.name, many);
    aged_both_.what =
        fmt::format("{}: the same, against bare SQLite with {} stored", few_.name, many);
    aged_data_ = arena_.data_directory(kSenders);
    arena_.begin_series("sends-fill");
    double stored = 0;
    while (stored < static_cast<double>(stored_)) {
      const double acked = number_of(
          arena_.kithd(kSenders, closed_loop(few_, plan_.seconds(10)), aged_data_), "acked");
      if (acked == 0) throw RunFailed("no message was acked");
      stored += acked;
    }
  }

  void round() {
    for (Load* load : {&few_, &many_}) {
      arena_.begin_series(fmt::format("sends-{}-kithd", load->connections));
      const auto report = arena_.kithd(kSenders, closed_loop(*load, plan_.seconds(5)));
      load->rate.kith.push_back(number_of(report, "acked_per_s"));
      add_stated(load->busy.kith, report, "server.cpu_percent");
      add_stated(load->store.kith, report, "server.store_cpu_percent");
      add_stated(load->client.kith, report, "client_cpu_percent");
      progress_.what = load->name;
      progress_.say("kithd", load->rate.kith.back());
    }
    const double limit_rate = number_of(sqlite("sends-limit", {}), "per_s");
    progress_.say("bare SQLite", limit_rate);
    few_.rate.limit.push_back(limit_rate);
    many_.rate.limit.push_back(limit_rate);
    arena_.begin_series("sends-aged");
    const auto aged = arena_.kithd(kSenders, closed_loop(few_, plan_.seconds(5)), aged_data_);
    aged_.kith.push_back(number_of(aged, "acked_per_s"));
    aged_.limit.push_back(few_.rate.kith.back());
    progress_.say("kithd, many stored", aged_.kith.back());
    aged_both_.kith.push_back(aged_.kith.back());
    aged_both_.limit.push_back(
        number_of(sqlite("sends-limit-aged", {"--prefill", std::to_string(stored_)}), "per_s"));
    progress_.say("bare SQLite, many stored", aged_both_.limit.back());
  }

  bench::FlatReport sqlite(std::string series, const Arena::Arguments& more) {
    arena_.begin_series(std::move(series));
    Arena::Arguments arguments = {
        "--seconds", plan_.seconds(5), "--batch", "512",       "--channels",
        "100",       "--senders",      "50",      "--payload", kPayload};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arena_.sqlite_limit(arguments);
  }

  void half_rate(Load& load) {
    const auto rate = spread_of(load.rate.kith);
    if (!rate) return;
    load.latency.target = Target{.of = Target::Of::kith,
                                 .bound = Target::Bound::most,
                                 .value = std::max(kAckP99MaxMs, kFsyncs * plan_.fsync_ms)};
    const std::string half = fmt::format("{:.0f}", rate->median / 2);
    progress_.what = load.name + " at half the rate";
    for (progress_.round = 1; progress_.round <= plan_.runs; ++progress_.round) {
      arena_.begin_series(fmt::format("sends-{}-half", load.connections));
      const auto report =
          arena_.kithd(kSenders, {"sends", "--connections", load.connections, "--rate", half,
                                  "--duration", plan_.seconds(5), "--payload", kPayload});
      load.latency.kith.push_back(number_of(report, "ack_ms.p99"));
      progress_.say("p99 ack, ms:", load.latency.kith.back());
      const auto limit =
          sqlite(fmt::format("sends-{}-half-limit", load.connections), {"--rate", half});
      load.latency.limit.push_back(number_of(limit, "ack_p99_us") / 1000);
      progress_.say("bare SQLite, p99, ms:", load.latency.limit.back());
    }
  }

  Arena& arena_;
  const Plan& plan_;
  Progress progress_{.plan = plan_, .what = {}};
  Load few_ = load_of("50", "20", 0.5);
  Load many_ = load_of("1000", "1", 0.3);
  Measure aged_{.what = {}, .kith = {}, .target = Target{.value = kAgedRatioMin}};
  Measure aged_both_{.what = {}, .kith = {}};
  std::filesystem::path aged_data_;
  const std::int64_t stored_ = plan_.quick ? kManyStoredQuick : kManyStored;
};

}  // namespace

Section measure_sends(Arena& arena, const Plan& plan) {
  return Sends(arena, plan).measure();
}

}  // namespace kith::figures
