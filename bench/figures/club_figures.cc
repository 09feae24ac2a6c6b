// A broadcast to a club of 100,000 of whom 10,000 are online, and what it costs who has no part in
// it.
#include <algorithm>

#include "bench/figures/figures.h"

namespace kith::figures {
namespace {

constexpr Population kClub{.users = 100'000, .rooms = 20, .members = 5, .clubs = 1};
constexpr const char* kOnline = "10000";
constexpr double kFirstToLastMaxMs = 250;
constexpr double kClubBystanderP99MaxMs = 50;
constexpr double kCommits = 1;

}  // namespace

Section measure_club_broadcast(Arena& arena, const Plan& plan) {
  Section section{
      .text =
          "A club of 100,000 members; 10,000 of them are online and follow it. Its owner "
          "broadcasts "
          "over HTTP, one after the other, while 100 bystanders in chats of their own write 50 "
          "messages a second. Transactions are counted in runs without bystanders. Of every "
          "broadcast `delivered` and `seen` are what the clients saw.",
      .limit_name = ""};
  const auto most = [](double value) {
    return Target{.of = Target::Of::kith, .bound = Target::Bound::most, .value = value};
  };
  Measure span{.what = "from the first member to the last, the slowest broadcast, ms",
               .kith = {},
               .target = most(kFirstToLastMaxMs)};
  Measure usual{.what = "the same, the median broadcast, ms", .kith = {}};
  Measure last{.what = "from the request to the last member, the slowest, ms", .kith = {}};
  Measure commits{
      .what = "store transactions until the last delivery", .kith = {}, .target = most(kCommits)};
  Measure bystanders{.what = "p99 delivery of the bystanders meanwhile, ms", .kith = {}};
  Measure calm{.what = "p99 delivery of the bystanders before, ms", .kith = {}};
  Measure client{.what = "client, % of its core", .kith = {}};
  Progress progress{.plan = plan, .what = "first to last, ms"};
  const auto scenario = [&](const char* bystanders_online) {
    return Arena::Arguments{"broadcast",      "--club", "--connections", kOnline,
                            "--rate",         "50",     "--bystanders",  bystanders_online,
                            "--connect-rate", "2000",   "--duration",    plan.seconds(5)};
  };
  for (progress.round = 1; progress.round <= plan.runs; ++progress.round) {
    arena.begin_series("club-broadcast-kithd");
    const auto report = arena.kithd(kClub, scenario("100"));
    span.kith.push_back(number_of(report, "figures.first_to_last_max_ms"));
    usual.kith.push_back(number_of(report, "figures.first_to_last_p50_ms"));
    last.kith.push_back(number_of(report, "figures.last_after_send_max_ms"));
    bystanders.kith.push_back(number_of(report, "figures.bystander_broadcast_p99_ms"));
    calm.kith.push_back(number_of(report, "figures.bystander_calm_p99_ms"));
    add_stated(client.kith, report, "client_cpu_percent");
    progress.say("kithd", span.kith.back());
    arena.begin_series("club-broadcast-alone");
    const auto alone = arena.kithd(kClub, scenario("0"));
    commits.kith.push_back(number_of(alone, "figures.store_commits_p50"));
    progress.say("transactions:", commits.kith.back());
  }
  const auto before = spread_of(calm.kith);
  bystanders.target = most(std::max(kClubBystanderP99MaxMs, before ? 2 * before->median : 0));
  for (Measure* measure : {&span, &commits, &bystanders, &usual, &last, &calm, &client}) {
    section.measures.push_back(std::move(*measure));
  }
  return section;
}

}  // namespace kith::figures
