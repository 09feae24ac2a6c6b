#include <fmt/format.h>

#include <stdexcept>

#include "bench/report_text.h"
#include "bench/scenarios.h"
#include "bench/scrape.h"

namespace kith::bench {
namespace {

constexpr std::chrono::milliseconds kStormLull{500};
constexpr std::string_view kStoreReads = "kith_store_reads_total";

struct StormCrowd {
  Crowd crowd;
  std::vector<std::size_t> bystander_chats;
  std::vector<std::size_t> storm_chats;
  std::size_t away = 0;  // clients that will be cut off
};

// One socket per chat and member. The first chats are the bystanders'; in each of the others the
// first member stays and writes what the rest will have missed. It does not follow the chat: nobody
// does meanwhile, so that the server has to find what was missed in its log.
StormCrowd storm_crowd(const Seed& seed, const RunOptions& options) {
  StormCrowd storm{.crowd = Crowd(seed), .bystander_chats = {}, .storm_chats = {}};
  std::size_t bystanders = 0;
  for (std::size_t chat = 0; chat < seed.chats.size(); ++chat) {
    const auto& members = seed.chats[chat].members;
    const bool quiet = bystanders < options.bystanders;
    (quiet ? storm.bystander_chats : storm.storm_chats).push_back(chat);
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (options.connections > 0 && storm.crowd.clients().size() == options.connections) break;
      const bool cut = !quiet && i > 0;
      storm.crowd.add({.user = members[i],
                       .chats = {chat},
                       .subscribes = quiet || cut,
                       .measured = quiet,
                       .group = cut ? Group::affected : Group::steady,
                       .apart = quiet});
      bystanders += quiet ? 1 : 0;
      storm.away += cut ? 1 : 0;
    }
  }
  if (storm.away == 0) {
    throw std::runtime_error(
        fmt::format("nobody to be cut off: of {}, {} in the first chats are bystanders; take fewer "
                    "--bystanders or more --connections",
                    plural(storm.crowd.clients().size(), "connection"), bystanders));
  }
  for (auto* chats : {&storm.bystander_chats, &storm.storm_chats}) {
    std::erase_if(*chats, [&](std::size_t chat) { return storm.crowd.of_chat(chat).empty(); });
  }
  return storm;
}

class Storm {
 public:
  Storm(Run& run, const RunOptions& options, const StormCrowd& storm)
      : run_(run), options_(options), storm_(storm) {}

  void play() {
    const std::size_t everybody = run_.crowd().clients().size();
    start_bystanders();
    if (!run_.watch(options_.duration)) return;
    run_.figure("bystander_calm_p99_ms", run_.take_phase().delivery.measured_ms(99));

    each_affected([](LoadClient& client) { client.hold(); });
    if (!run_.watch_until(options_.drain_within, "not everybody was cut off",
                          [&] { return run_.sum(&Tally::ready) == everybody - storm_.away; })) {
      return;
    }
    if (!run_.watch(kStormLull)) return;
    run_.figure("bystander_cut_p99_ms", run_.take_phase().delivery.measured_ms(99));
    // What was written before the storm, all of it at once, is not the storm's.
    if (!write_missed() || !run_.watch(kStormLull)) return;
    if (!come_back(everybody)) return;
    run_.stop_load();
    if (run_.drain()) run_.watch(Run::kPublished);
    tell();
  }

 private:
  void each_affected(const std::function<void(LoadClient&)>& action) {
    run_.for_each([action](LoadClient& client) {
      if (client.plan().group == Group::affected) action(client);
    });
  }

  void start_bystanders() {
    // Longer than the run: stop_load() ends it. Where there are none, nobody writes meanwhile.
    const bool nobody = storm_.bystander_chats.empty();
    run_.start({.start = {},
                .open_loop = {.per_second = nobody ? 0 : options_.messages_per_second,
                              .duration = options_.duration + options_.drain_within +
                                          options_.ready_within + std::chrono::minutes(10),
                              .ramp = options_.ramp},
                .chats = storm_.bystander_chats});
  }

  bool write_missed() {
    const std::size_t missed = options_.missed;
    for (const std::size_t chat : storm_.storm_chats) {
      run_.with_client(run_.crowd().of_chat(chat).front(), [chat, missed](LoadClient& client) {
        for (std::size_t i = 0; i < missed; ++i) {
          client.act(Action::send, chat, mix_bits(chat * missed + i), Clock::now());
        }
      });
    }
    return run_.watch_until(options_.drain_within, "what was to be missed was not acked", [&] {
      for (const std::size_t chat : storm_.storm_chats) {
        const Seq first = run_.heads().first(chat);
        if (first == 0 || run_.heads().head(chat) - first + 1 < missed) return false;
      }
      return true;
    });
  }

  bool come_back(std::size_t everybody) {
    const auto reads_before = scrape(options_.client.nodes, kStoreReads);
    static_cast<void>(run_.take_phase());
    run_.begin_measuring();
    const auto now = Clock::now();
    run_.windows().open(now);
    each_affected([now](LoadClient& client) { client.release(now); });
    const bool back = run_.watch_until(options_.ready_within, "not everybody could come back", [&] {
      return run_.sum(&Tally::ready) == everybody;
    }) && run_.watch_until(options_.drain_within, "not everybody who came back caught up", [&] {
      return run_.sum(&Tally::caught_up) == storm_.away;
    });
    run_.windows().close(Clock::now());
    run_.end_measuring();
    if (!back) return false;
    const auto reads_after = scrape(options_.client.nodes, kStoreReads);
    const auto clients = static_cast<double>(storm_.away);
    run_.figure("clients", clients);
    run_.figure("changed_chats", static_cast<double>(storm_.storm_chats.size()));
    run_.figure("missed_per_client", static_cast<double>(options_.missed));
    if (run_.server()) {
      run_.figure("server_cpu_us_per_client",
                  1e6 * (run_.server()->cpu_s + run_.server()->store_cpu_s) / clients);
    }
    if (reads_before && reads_after) {
      run_.figure("store_queries", *reads_after - *reads_before);
      run_.figure("store_queries_per_client", (*reads_after - *reads_before) / clients);
    }
    return true;
  }

  // When all has come: the latest that was due in the storm belongs to it, and calm does not.
  void tell() {
    const auto phase = run_.take_phase();
    run_.figure("bystander_storm_p99_ms", phase.in_windows.measured_ms(99));
    if (phase.caught_up.count() == 0) return run_.fail("nobody was cut off");
    run_.figure("caught_up_s", phase.caught_up.max_ms() / 1000);
    run_.figure("caught_up_p50_s", phase.caught_up.percentile_ms(50) / 1000);
    run_.figure("caught_up_p99_s", phase.caught_up.percentile_ms(99) / 1000);
  }

  Run& run_;
  const RunOptions& options_;
  const StormCrowd& storm_;
};

}  // namespace

Report run_storm(const Seed& seed, const RunOptions& options) {
  const StormCrowd storm = storm_crowd(seed, options);
  Run run("storm", seed, storm.crowd, options);
  if (run.connect({.per_second = options.connects_per_second})) Storm(run, options, storm).play();
  return run.finish();
}

}  // namespace kith::bench
