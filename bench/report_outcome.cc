// What becomes of a run in a report: what it will say, why it is not ok, what shaped its figures.
#include <fmt/format.h>

#include <algorithm>

#include "bench/operations.h"
#include "bench/report.h"
#include "bench/report_text.h"

namespace kith::bench {
namespace {

std::vector<Figure> rewards_figures() {
  return {{"users"},         {"activities_acked"}, {"repeats_acked"},         {"outcomes_unknown"},
          {"watchers"},      {"board_frames"},     {"board_bytes_per_frame"}, {"board_copies"},
          {"checked_users"}, {"unjudged_streaks"}, {"wrong_scores"},          {"wrong_streaks"},
          {"wrong_boards"},  {"wrong_watchers"},   {"wrong_repeats"}};
}

std::vector<Figure> blank_figures(std::string_view scenario, bool server_asked) {
  if (scenario == "slow") {
    return {{"slow_clients"},     {"healthy_calm_p99_ms"},  {"healthy_slow_p99_ms"},
            {"slow_caught_up_s"}, {"slow_caught_up_p50_s"}, {"slow_unread_bytes"},
            {"slow_fell_behind"}};
  }
  if (scenario == "club") {
    return {{"broadcasts"},
            {"members_online"},
            {"first_to_last_p50_ms"},
            {"first_to_last_max_ms"},
            {"last_after_send_max_ms"},
            {"bystander_calm_p99_ms"},
            {"bystander_broadcast_p99_ms"},
            {"club_members"},
            {"store_commits_p50"},
            {"delivered"},
            {"seen"},
            {"wrong_numbers"}};
  }
  if (scenario == "rewards") return rewards_figures();
  if (scenario == "crud") {
    return {{"users"}, {"clubs"}, {"events"}, {"followers"}, {"posts_lost"}, {"posts_doubled"}};
  }
  if (scenario != "storm") return {};
  std::vector<Figure> figures = {{"bystander_calm_p99_ms"},
                                 {"bystander_cut_p99_ms"},
                                 {"bystander_storm_p99_ms"},
                                 {"clients"},
                                 {"changed_chats"},
                                 {"missed_per_client"},
                                 {"caught_up_s"},
                                 {"caught_up_p50_s"},
                                 {"caught_up_p99_s"},
                                 {"store_queries"},
                                 {"store_queries_per_client"}};
  if (server_asked) figures.push_back({"server_cpu_us_per_client"});
  return figures;
}

std::string wrong_counts(const Verdict& verdict) {
  std::string text;
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(count), what);
  };
  add(verdict.lost, "lost");
  add(verdict.doubled, "doubled");
  add(verdict.reordered, "reordered");
  add(verdict.altered, "altered");
  return text;
}

// Of deliveries; of acks where there are none.
const Histogram& judged(const Report& report) {
  return report.delivery.count() > 0 ? report.delivery : report.ack;
}

double share_of_late(const Report& report) {
  return ratio(static_cast<double>(report.late_sends), static_cast<double>(report.sent))
      .value_or(1);
}

std::string late_text(const Report& report) {
  return fmt::format("{} ({} %) left late, by up to {:.1f} ms", plural(report.late_sends, "send"),
                     short_number(100 * share_of_late(report)), report.late_max_ms);
}

// Enough of them to reach a percentile, and late enough to be a part of it worth the word.
bool late_sends_matter(const Report& report) {
  if (report.late_sends == 0) return false;
  const Histogram& latency = judged(report);
  if (latency.count() == 0) return true;
  const double share = share_of_late(report);
  return (share >= 0.01 && report.late_max_ms >= latency.percentile_ms(99) / 10) ||
         (share >= 0.001 && report.late_max_ms >= latency.percentile_ms(99.9) / 2);
}

bool pauses_matter(const Report& report) {
  return report.longest_pause_ms >= std::max(kPauseMs, judged(report).percentile_ms(99.9) / 10);
}

// Empty: this client was not the limit.
std::string limit_text(const Report& report) {
  const auto cores = std::max<std::uint64_t>(1, report.cores);
  const ClientUse use{.cpu_percent = report.client_cpu_percent,
                      .cores = static_cast<double>(cores),
                      .busiest_thread_percent = report.busiest_thread_percent};
  if (!use.is_limit()) return {};
  const auto& threads = report.client_threads;
  const auto requests = std::find_if(threads.begin(), threads.end(), [](const ThreadReport& each) {
    return each.requests && each.cpu_percent.value_or(0) >= kClientBusyPercent;
  });
  if (requests != threads.end()) {
    return fmt::format(
        "The thread of this client that makes its requests, not the server, was the limit: it used "
        "{:.0f} % of a core. There is one, whatever --threads says: run kith-bench several times "
        "at once, or on more machines.",
        *requests->cpu_percent);
  }
  if (use.per_core_percent() >= kClientBusyPercent) {
    return fmt::format(
        "This client, not the server, was the limit: it used {:.0f} % of its {}. Give it more "
        "--threads and cores, or run it on more machines.",
        use.per_core_percent(), plural(cores, "core"));
  }
  return fmt::format(
      "One thread of this client, not the server, was the limit: it used {:.0f} % of a core, "
      "however idle the others were. Give the client more --threads.",
      use.busiest_thread_percent);
}

}  // namespace

Report blank_report(std::string_view scenario, const ActionMix& mix, const Observed& observed) {
  Report report;
  report.scenario = scenario;
  report.server_asked = observed.server_processes > 0;
  report.servers.resize(observed.server_processes);
  if (observed.nodes > 1) report.nodes.resize(observed.nodes);
  report.figures = blank_figures(scenario, report.server_asked);
  for (const Operation& operation : operations_of(scenario)) {
    report.operations.push_back({.name = operation.name});
  }
  if (mix.only_sends()) return report;
  for (const std::string_view name : kActionNames) report.commands.push_back({std::string(name)});
  return report;
}

bool Report::ok() const {
  return failures(*this).empty();
}

std::vector<std::string> failures(const Report& report) {
  std::vector<std::string> out;
  if (!report.failure.empty()) {
    out.push_back((report.began ? "broke off: " : "could not begin: ") + report.failure);
  }
  if (const auto wrong = wrong_counts(report.verdict); !wrong.empty()) out.push_back(wrong);
  out.insert(out.end(), report.wrong.begin(), report.wrong.end());
  if (report.verdict.not_come > 0) {
    out.push_back(plural(report.verdict.not_come, "delivery", "deliveries") +
                  " of acked messages had not come yet when it ended: late or lost, nothing shows "
                  "which");
  }
  if (report.verified && *report.verified < report.acked) {
    out.push_back(fmt::format("only {} of {} acked messages were found when they were read back",
                              grouped(*report.verified), grouped(report.acked)));
  }
  if (report.unacked > 0) {
    out.push_back(plural(report.unacked, what_is_sent(report)) +
                  " without an answer when it ended");
  }
  if (report.refused > 0) out.push_back(plural(report.refused, what_is_sent(report)) + " refused");
  // Where a run broke off before it sent anything, that is no fault of the server's.
  const bool any_to_come = report.sent > 0 || report.failure.empty();
  if (report.began && report.deliveries_expected && report.delivered == 0 && any_to_come) {
    out.push_back("nothing was delivered");
    if (!report.anybody_shares) {
      out.back() += report.connections == 1
                        ? ": there is only one connection"
                        : fmt::format(": no two of the {} connections share a chat",
                                      grouped(report.connections));
    }
  }
  for (const std::string& assertion : report.failed_asserts) {
    out.push_back("assert failed: " + assertion);
  }
  return out;
}

std::vector<std::string> client_faults(const Report& report) {
  std::vector<std::string> out;
  if (auto limit = limit_text(report); !limit.empty()) out.push_back(std::move(limit));
  if (const auto times = report.troubles.broke.find(std::string(kOutOfDescriptors));
      times != report.troubles.broke.end()) {
    out.push_back(
        fmt::format("This client, not the server, was in the way of its own requests: it was out "
                    "of file descriptors {}. Raise `ulimit -n`.",
                    plural(times->second, "time")));
  }
  if (report.waited_percent.value_or(0) >= kWaitedPercent) {
    out.push_back(fmt::format(
        "This client had to wait for a core that others had: a thread of it for {:.0f} % of the "
        "time, so a part of the latency is its own. Give it cores of its own (taskset).",
        *report.waited_percent));
  }
  if (pauses_matter(report)) {
    out.push_back(fmt::format(
        "This client stood still: a thread of it did nothing for {:.0f} ms (it was stopped, had no "
        "core, or had too much to do), so a part of the latency is its own.",
        report.longest_pause_ms));
  }
  if (late_sends_matter(report)) {
    out.push_back(fmt::format(
        "This client was behind its own schedule: {}, so a part of the latency is its own.",
        late_text(report)));
  }
  if (report.full_sockets > 0) {
    out.push_back(fmt::format(
        "This client could not get rid of what it wrote: {} waited for 10 ms or longer in a full "
        "socket.",
        plural(report.full_sockets, "write")));
  }
  return out;
}

std::vector<std::string> remarks(const Report& report) {
  std::vector<std::string> out;
  if (report.waited.max_ms() > 0) {
    const auto of = [](const Histogram& histogram) {
      return fmt::format("p50 {} s, p99 {} s, at most {} s",
                         short_number(histogram.percentile_ms(50) / 1000),
                         short_number(histogram.percentile_ms(99) / 1000),
                         short_number(histogram.max_ms() / 1000));
    };
    out.push_back(fmt::format(
        "{} broke and came back: away for {}. Of that, this client waited by its own choice before "
        "it tried again: {}. It is in the latencies of what was due meanwhile.",
        plural(report.offline.count(), "connection"), of(report.offline), of(report.waited)));
  }
  if (report.late_sends > 0 && !late_sends_matter(report)) {
    out.push_back(
        fmt::format("{}: too few, or too little, to shape the latencies.", late_text(report)));
  }
  return out;
}

std::vector<std::string> cautions(const Report& report) {
  std::vector<std::string> out = report.notes;
  if (report.rate_limited > 0) {
    out.push_back(fmt::format(
        "The server's limits shaped this run: {} rate_limited, to be sent again after a "
        "wait. Start kithd with --set limits.messages_per_minute=0 to measure what it can do.",
        plural(report.rate_limited, "command")));
  }
  return out;
}

}  // namespace kith::bench
