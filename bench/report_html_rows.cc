#include "bench/report_html_rows.h"

#include <fmt/format.h>

#include "bench/report_text.h"

namespace kith::bench {
namespace {

std::string pace_cell(const Report& report) {
  if (report.scenario == "idle") return "silence, then a message in each chat";
  if (report.scenario == "storm" && report.rate <= 0) return "no bystanders";
  if (report.rate > 0) return short_number(report.rate) + " messages/s intended";
  return "as quickly as what is in flight allows";
}

}  // namespace

Rows what_came_rows(const Report& report) {
  const auto counted = [&](std::uint64_t count, std::uint64_t in_time) {
    return fmt::format("{} ({}/s)", grouped(count), grouped(per_second(in_time, report.seconds)));
  };
  Rows rows = {{"connections", grouped(report.connections)},
               {"chats", grouped(report.chats)},
               {"measured for", fmt::format("{:.1f} s", report.seconds)},
               {"load", pace_cell(report)}};
  if (const auto connects = ratio(static_cast<double>(report.connections), report.connect_s)) {
    rows.emplace_back("all connected in", fmt::format("{:.2f} s ({} connects/s)", report.connect_s,
                                                      grouped(*connects)));
  }
  rows.emplace_back("sent", counted(report.sent, report.in_time.sent));
  rows.emplace_back("acked", counted(report.acked, report.in_time.acked));
  if (report.deliveries_expected || report.delivered > 0) {
    rows.emplace_back("delivered", counted(report.delivered, report.in_time.delivered));
  }
  if (!report.nodes.empty() && (report.deliveries_expected || report.delivered > 0)) {
    rows.emplace_back("on one node",
                      counted(report.delivered_local, report.in_time.delivered_local));
    rows.emplace_back("across nodes",
                      counted(report.delivered_cross, report.in_time.delivered_cross));
  }
  if (report.verified) rows.emplace_back("read back", verified_text(report));
  for (const CommandCount& command : report.commands) {
    if (command.sent == 0) continue;
    rows.emplace_back(command.name, fmt::format("{} sent, {} acked", grouped(command.sent),
                                                grouped(command.acked)));
  }
  for (const OperationReport& operation : report.operations) {
    if (operation.sent == 0) continue;
    rows.emplace_back(operation.name,
                      fmt::format("{} acked, p99 {:.2f} ms", grouped(operation.acked),
                                  operation.latency.percentile_ms(99)));
  }
  return rows;
}

Rows errors_rows(const Report& report) {
  Rows rows = {{"lost", grouped(report.verdict.lost)},
               {"doubled", grouped(report.verdict.doubled)},
               {"reordered", grouped(report.verdict.reordered)},
               {"altered", grouped(report.verdict.altered)},
               {"not come yet", grouped(report.verdict.not_come)},
               {"unanswered", grouped(report.unacked)},
               {"refused", grouped(report.refused)},
               {"rate limited", grouped(report.rate_limited)},
               {"sent again", grouped(report.retried)},
               {"reconnects", grouped(report.reconnects)},
               {"gaps announced", grouped(report.gaps)}};
  // Rows without a value are left out.
  rows.emplace_back("connections broke", listed(report.troubles.broke));
  rows.emplace_back("attempts to connect failed", listed(report.troubles.attempts));
  rows.emplace_back("errors that were answered", listed(report.troubles.errors));
  return rows;
}

Rows nodes_rows(const Report& report) {
  Rows rows;
  for (std::size_t i = 0; i < report.nodes.size(); ++i) {
    const NodeReport& node = report.nodes[i];
    std::string text = plural(node.connections, "connection");
    if (!node.build.empty()) text += ", " + node.build;
    if (report.servers.size() == report.nodes.size()) text += ", " + process_text(report, i);
    rows.emplace_back(fmt::format("node {}", i + 1), node.url + ": " + text);
  }
  rows.emplace_back("came back on another node", grouped(report.moved));
  return rows;
}

Rows client_rows(const Report& report) {
  Rows rows = {{"all of it", client_text(report)},
               {"sends that left late", grouped(report.late_sends)},
               {"latest by", fmt::format("{:.1f} ms", report.late_max_ms)},
               {"writes into a full socket", grouped(report.full_sockets)}};
  for (std::size_t i = 0; i < report.client_threads.size(); ++i) {
    const ThreadReport& thread = report.client_threads[i];
    std::string text = fmt::format("longest pause {:.1f} ms", thread.longest_pause_ms);
    if (thread.cpu_percent && thread.waited_percent) {
      text = fmt::format("CPU {:.0f} %, waited for a core {:.0f} %, {}", *thread.cpu_percent,
                         *thread.waited_percent, text);
    }
    rows.emplace_back(thread.requests ? "thread of the requests" : fmt::format("thread {}", i + 1),
                      std::move(text));
  }
  return rows;
}

Rows server_rows(const ServerUsage& usage, std::uint64_t connections) {
  const ServerFigures figures = server_figures(usage, connections);
  const auto with_share = [](double seconds, std::optional<double> percent) {
    return fmt::format("{:.2f} s", seconds) +
           (percent ? fmt::format(" ({:.1f} % of a core)", *percent) : "");
  };
  const auto number = [](std::optional<double> value, std::string_view unit) {
    return value ? short_number(*value) + std::string(unit) : std::string();
  };
  const auto bytes = [](std::uint64_t count) { return binary_bytes(static_cast<double>(count)); };
  Rows rows = {{"CPU, store apart", with_share(usage.cpu_s, figures.cpu_percent)},
               {"CPU per delivery", number(figures.cpu_us_per_delivery, " µs")},
               {"deliveries per core-second", number(figures.deliveries_per_core_s, "")},
               {"CPU of the store", with_share(usage.store_cpu_s, figures.store_cpu_percent)},
               {"store CPU per message", number(figures.store_cpu_us_per_message, " µs")},
               {"memory when idle", bytes(usage.rss_idle_bytes)},
               {"memory, all connected", bytes(usage.rss_connected_bytes)}};
  rows.emplace_back("memory per connection", figures.rss_bytes_per_connection
                                                 ? binary_bytes(*figures.rss_bytes_per_connection)
                                                 : std::string(kNoRssPerConnection));
  rows.emplace_back("memory at the end", bytes(usage.rss_bytes));
  return rows;
}

}  // namespace kith::bench
