// Figure 5: a crowd that was cut off comes back at once.
#include <algorithm>

#include "bench/figures/figures.h"

namespace kith::figures {
namespace {

// Ten chats of bystanders, and a thousand whose first member stays and writes: 10,000 are cut off.
constexpr Population kCrowd{.users = 11'110, .rooms = 1'010, .members = 11};
constexpr double kQueriesPerClientMax = 2;  // one, and one per changed chat
constexpr double kBystanderP99MaxMs = 50;

}  // namespace

Section measure_storm(Arena& arena, const Plan& plan) {
  Section section{.text =
                      "10,000 clients are cut off, each of their 1,000 chats, which nobody follows "
                      "meanwhile, gets 10 messages, and all come back at once and resume, while "
                      "110 bystanders go on "
                      "chatting. Times are from the moment they are let go. "
                      "A query is one visit to a storage thread: one for a login with all that "
                      "its init asks for, one for a page of a chat's log, which all who miss "
                      "the same share.",
                  .limit_name = ""};
  const Arena::Arguments scenario = {"storm",        "--missed",   "10",
                                     "--bystanders", "100",        "--connect-rate",
                                     "2000",         "--duration", plan.seconds(5)};
  Measure clients{.what = "clients that came back and caught up", .kith = {}};
  Measure queries{
      .what = "store queries per client",
      .kith = {},
      .target = Target{
          .of = Target::Of::kith, .bound = Target::Bound::most, .value = kQueriesPerClientMax}};
  Measure bystanders{.what = "p99 delivery of the bystanders in the storm, ms", .kith = {}};
  Measure calm{.what = "p99 delivery of the bystanders before it, ms", .kith = {}};
  Measure time{.what = "all caught up after, s", .kith = {}};
  Measure half{.what = "half of them caught up after, s", .kith = {}};
  Measure cpu{.what = "server CPU µs per client, with the commit path", .kith = {}};
  Measure busy{.what = "client, % of its core", .kith = {}};
  Progress progress{.plan = plan, .what = "all caught up after, s"};
  for (progress.round = 1; progress.round <= plan.runs; ++progress.round) {
    arena.begin_series("storm-kithd");
    const auto report = arena.kithd(kCrowd, scenario);
    clients.kith.push_back(number_of(report, "figures.clients"));
    queries.kith.push_back(number_of(report, "figures.store_queries_per_client"));
    bystanders.kith.push_back(number_of(report, "figures.bystander_storm_p99_ms"));
    calm.kith.push_back(number_of(report, "figures.bystander_calm_p99_ms"));
    time.kith.push_back(number_of(report, "figures.caught_up_s"));
    add_stated(half.kith, report, "figures.caught_up_p50_s");
    add_stated(cpu.kith, report, "figures.server_cpu_us_per_client");
    add_stated(busy.kith, report, "client_cpu_percent");
    progress.say("kithd", time.kith.back());
  }
  const auto usual = spread_of(calm.kith);
  bystanders.target = Target{.of = Target::Of::kith,
                             .bound = Target::Bound::most,
                             .value = std::max(kBystanderP99MaxMs, usual ? 2 * usual->median : 0)};
  for (Measure* measure : {&clients, &queries, &bystanders, &calm, &time, &half, &cpu, &busy}) {
    section.measures.push_back(std::move(*measure));
  }
  return section;
}

}  // namespace kith::figures
