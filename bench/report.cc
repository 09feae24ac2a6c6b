#include "bench/report.h"

#include <fmt/format.h>

#include "bench/report_text.h"

namespace kith::bench {
namespace {

std::string pace(const Report& report) {
  if (report.scenario == "idle") {
    return report.sent == 0 ? " of silence" : " of silence, then a message in each chat";
  }
  if (report.scenario == "storm" && report.rate <= 0) return ", and no bystanders";
  if (report.rate > 0) {
    return fmt::format(" at {} {}s/s intended", short_number(report.rate), what_is_sent(report));
  }
  return ", as quickly as what is in flight allowed";
}

std::string headline(const Report& report) {
  std::string text = fmt::format("\n{}: {} {}", report.scenario,
                                 plural(report.connections, "connection"), where_text(report));
  if (!report.setting.url.empty()) text += fmt::format(" at {}", report.setting.url);
  if (!report.began) return text + "\n  the load never began\n";
  text += fmt::format("\n  {:.1f} s", report.seconds);
  text += pace(report);
  if (const auto connects = ratio(static_cast<double>(report.connections), report.connect_s)) {
    text += fmt::format("; all connected in {:.2f} s ({}/s)", report.connect_s, grouped(*connects));
  }
  return text + '\n';
}

std::string latency_cells(const Histogram& histogram) {
  if (histogram.count() == 0) return {};
  return fmt::format("{:>10.2f}{:>10.2f}{:>10.2f}{:>10.2f}{:>10.2f}", histogram.percentile_ms(50),
                     histogram.percentile_ms(90), histogram.percentile_ms(99),
                     histogram.percentile_ms(99.9), histogram.max_ms());
}

std::string counted(std::string_view name, std::uint64_t count, double rate) {
  return fmt::format("  {:<10}{:>14}{:>12}", name, grouped(count), grouped(rate));
}

std::string table(const Report& report) {
  std::string text = fmt::format("\n{:>26}{:>12}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "", "per second",
                                 "p50 ms", "p90", "p99", "p99.9", "max");
  text += counted("sent", report.sent, per_second(report.in_time.sent, report.seconds)) + '\n';
  text += counted("acked", report.acked, per_second(report.in_time.acked, report.seconds)) +
          latency_cells(report.ack) + '\n';
  if (report.deliveries_expected || report.delivered > 0) {
    text += counted("delivered", report.delivered,
                    per_second(report.in_time.delivered, report.seconds)) +
            latency_cells(report.delivery) + '\n';
  }
  if (!report.nodes.empty()) {
    const auto part = [&](std::string_view name, std::uint64_t count, std::uint64_t in_time,
                          const Histogram& latency) {
      if (!report.deliveries_expected && count == 0) return;
      text += counted(name, count, per_second(in_time, report.seconds)) + latency_cells(latency);
      text += '\n';
    };
    part("  local", report.delivered_local, report.in_time.delivered_local, report.delivery_local);
    part("  cross", report.delivered_cross, report.in_time.delivered_cross, report.delivery_cross);
  }
  for (const CommandCount& command : report.commands) {
    if (command.sent == 0) continue;
    text += fmt::format("  {:<10}{:>14} sent, {} acked\n", command.name, grouped(command.sent),
                        grouped(command.acked));
  }
  if (report.verified) text += "  read back  " + verified_text(report) + '\n';
  return text;
}

// Each kind of request by itself; what was never made is left out.
std::string operations(const Report& report) {
  std::string text;
  for (const OperationReport& operation : report.operations) {
    if (operation.sent == 0) continue;
    if (text.empty()) {
      text = fmt::format("\n{:>30}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "", "acked", "p50 ms",
                         "p90", "p99", "p99.9", "max");
    }
    text += fmt::format("  {:<28}{:>10}{}\n", operation.name, grouped(operation.acked),
                        latency_cells(operation.latency));
    if (operation.errors.empty()) continue;
    text +=
        fmt::format("    {} refused, {} unknown; attempts failed: {}\n", grouped(operation.refused),
                    grouped(operation.unknown), listed(operation.errors));
  }
  return text;
}

std::string verdict(const Report& report) {
  return fmt::format(
      "\n  lost {}  doubled {}  reordered {}  altered {}\n"
      "  not come yet {}  unanswered {}  refused {}\n"
      "  reconnects {}  sent again {}  rate limited {}  gaps {}\n",
      grouped(report.verdict.lost), grouped(report.verdict.doubled),
      grouped(report.verdict.reordered), grouped(report.verdict.altered),
      grouped(report.verdict.not_come), grouped(report.unacked), grouped(report.refused),
      grouped(report.reconnects), grouped(report.retried), grouped(report.rate_limited),
      grouped(report.gaps));
}

// The store's CPU is apart everywhere: what a delivery costs and what a commit costs are answers to
// different questions.
std::string server(const ServerUsage& usage, std::uint64_t connections) {
  const ServerFigures figures = server_figures(usage, connections);
  const auto share = [](std::optional<double> percent) {
    return percent ? fmt::format(" ({:.1f} % of a core)", *percent) : std::string();
  };
  std::string text =
      fmt::format("\n  server     CPU {:.2f} s{}", usage.cpu_s, share(figures.cpu_percent));
  if (figures.cpu_us_per_delivery) {
    text += fmt::format(", {:.2f} us per delivery", *figures.cpu_us_per_delivery);
  }
  if (figures.deliveries_per_core_s) {
    text += fmt::format(", {} deliveries per core-second", grouped(*figures.deliveries_per_core_s));
  }
  text += fmt::format("\n  its store  CPU {:.2f} s{}", usage.store_cpu_s,
                      share(figures.store_cpu_percent));
  if (figures.store_cpu_us_per_message) {
    text += fmt::format(", {:.2f} us per message", *figures.store_cpu_us_per_message);
  }
  text += fmt::format("\n  memory     {} idle, {} with all connected",
                      binary_bytes(static_cast<double>(usage.rss_idle_bytes)),
                      binary_bytes(static_cast<double>(usage.rss_connected_bytes)));
  text += figures.rss_bytes_per_connection
              ? fmt::format(" ({} per connection)", binary_bytes(*figures.rss_bytes_per_connection))
              : fmt::format(" (per connection: {})", kNoRssPerConnection);
  return text +
         fmt::format(", {} at the end\n", binary_bytes(static_cast<double>(usage.rss_bytes)));
}

std::string nodes(const Report& report) {
  std::string text = report.nodes.empty() ? "" : "\n";
  for (std::size_t i = 0; i < report.nodes.size(); ++i) {
    const NodeReport& node = report.nodes[i];
    text +=
        fmt::format("  node {:<5} {}  {}", i + 1, node.url, plural(node.connections, "connection"));
    // One process may stand for several, or be one of several that are not here.
    if (report.servers.size() == report.nodes.size()) text += "  " + process_text(report, i);
    text += '\n';
  }
  if (report.moved > 0) {
    text += fmt::format("  moved      {} came back on another node than before\n",
                        plural(report.moved, "connection"));
  }
  return text;
}

std::string troubles(const Troubles& troubles) {
  std::string text;
  const auto add = [&](std::string_view what, const Troubles::Counts& counts) {
    if (counts.empty()) return;
    text += fmt::format("{}  {:<30} {}\n", text.empty() ? "\n" : "", what, listed(counts));
  };
  add("connections broke:", troubles.broke);
  add("attempts to connect failed:", troubles.attempts);
  add("errors that were answered:", troubles.errors);
  return text;
}

std::string own_figures(const std::vector<Figure>& figures) {
  if (figures.empty()) return {};
  std::string text = "\n";
  for (const Figure& figure : figures) {
    text += fmt::format("  {:<32} {:>14}\n", figure.key,
                        figure.value ? short_number(*figure.value) : "not measured");
  }
  return text;
}

}  // namespace

Interval& Interval::operator+=(const Interval& next) {
  elapsed_s = next.elapsed_s;
  ready = next.ready;
  connections = next.connections;
  sent += next.sent;
  acked += next.acked;
  delivered += next.delivered;
  errors += next.errors;
  ack.merge(next.ack);
  delivery.merge(next.delivery);
  if (next.origins.empty()) return *this;
  origins.resize(1);
  origins[0].local.merge(next.origins[0].local);
  origins[0].cross.merge(next.origins[0].cross);
  return *this;
}

void add_rest(std::vector<Interval>& intervals, Interval rest) {
  constexpr double kLeastS = 0.5;
  const double begin = intervals.empty() ? 0 : intervals.back().elapsed_s;
  if (rest.elapsed_s <= begin) return;
  if (!intervals.empty() && rest.elapsed_s - begin < kLeastS) {
    intervals.back() += rest;
  } else {
    intervals.push_back(std::move(rest));
  }
}

std::string live_line(const Interval& interval) {
  std::string text = fmt::format("{:6.1f} s  {}/{} ready  sent {:>6}  acked {:>6}  delivered {:>8}",
                                 interval.elapsed_s, interval.ready, interval.connections,
                                 interval.sent, interval.acked, interval.delivered);
  if (interval.ack.count() > 0) {
    text += fmt::format("  ack p99 {:.2f} ms", interval.ack.percentile_ms(99));
  }
  if (interval.delivery.count() > 0) {
    text += fmt::format("  delivery p99 {:.2f} ms", interval.delivery.percentile_ms(99));
  }
  for (const Origins& origins : interval.origins) {
    if (origins.cross.count() == 0) continue;
    text += fmt::format(", across nodes {:.2f} ms", origins.cross.percentile_ms(99));
  }
  if (interval.errors > 0) text += "  " + plural(interval.errors, "error");
  return text;
}

std::string summary(const Report& report) {
  std::string text = headline(report);
  if (report.began) text += table(report) + verdict(report);
  if (report.server) {
    text += server(*report.server, report.connections);
  } else if (!report.server_missing.empty()) {
    text += fmt::format("\n  server     {}\n", report.server_missing);
  }
  text +=
      operations(report) + nodes(report) + own_figures(report.figures) + troubles(report.troubles);
  text += fmt::format("\n  client     {}\n", client_text(report));
  for (const std::string& fault : client_faults(report)) text += "  warning: " + fault + '\n';
  for (const std::string& caution : cautions(report)) text += "  warning: " + caution + '\n';
  for (const std::string& remark : remarks(report)) text += "  note: " + remark + '\n';
  for (const std::string& reason : failures(report)) text += "  " + reason + '\n';
  return text + (report.ok() ? "  ok\n" : "  FAILED\n");
}

}  // namespace kith::bench
