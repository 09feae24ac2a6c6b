// The JSON line of a report. Its names are an interface: --assert and `compare` go by them, and so
// do the files that people keep of their runs. Latencies in milliseconds, to the microsecond.
#include <cmath>

#include "bench/report.h"
#include "bench/report_text.h"
#include "protocol/json_writer.h"

namespace kith::bench {
namespace {

// Six decimals: what is measured is not more exact, and the rest would only be noise in the line.
constexpr double kDecimals = 1e6;

void write(JsonWriter& writer, std::string_view name, std::optional<double> value) {
  writer.key(name);
  if (value && std::isfinite(*value)) {
    writer.number(std::round(*value * kDecimals) / kDecimals);
  } else {
    writer.null();
  }
}

void write_percentiles(JsonWriter& writer, std::string_view name, const Histogram& histogram) {
  const auto measured = [&](double value) {
    return histogram.count() > 0 ? std::optional(value) : std::nullopt;
  };
  writer.key(name).begin_object();
  write(writer, "p50", measured(histogram.percentile_ms(50)));
  write(writer, "p90", measured(histogram.percentile_ms(90)));
  write(writer, "p99", measured(histogram.percentile_ms(99)));
  write(writer, "p999", measured(histogram.percentile_ms(99.9)));
  write(writer, "max", measured(histogram.max_ms()));
  writer.end_object();
}

void write_counts(JsonWriter& writer, std::string_view name, const Troubles::Counts& counts) {
  writer.key(name).begin_object();
  for (const auto& [what, count] : counts) writer.field(what, count);
  writer.end_object();
}

void write_operations(JsonWriter& writer, const Report& report) {
  if (report.operations.empty()) return;
  writer.key("operations").begin_object();
  for (const OperationReport& operation : report.operations) {
    writer.key(operation.name).begin_object();
    writer.field("sent", operation.sent).field("acked", operation.acked);
    writer.field("refused", operation.refused).field("unknown", operation.unknown);
    writer.field("retried", operation.retried);
    write_percentiles(writer, "ms", operation.latency);
    write_counts(writer, "errors", operation.errors);
    writer.end_object();
  }
  writer.end_object();
}

void write_setting(JsonWriter& writer, const Setting& setting) {
  writer.key("setting").begin_object();
  writer.field("command_line", setting.command_line).field("started_at", setting.started_at);
  writer.field("machine", setting.machine).field("client", setting.client);
  writer.field("server", setting.server).field("url", setting.url);
  writer.end_object();
}

void write_nodes(JsonWriter& writer, const Report& report) {
  if (report.nodes.empty()) return;
  writer.field("node_count", static_cast<std::uint64_t>(report.nodes.size()));
  writer.key("nodes").begin_array();
  for (const NodeReport& node : report.nodes) {
    writer.begin_object().field("url", node.url).field("server", node.build);
    writer.field("connections", node.connections).end_object();
  }
  writer.end_array();
}

// One process of several. Deliveries are counted by this client, which tells no nodes apart.
void write_process(JsonWriter& writer, const std::optional<ServerUsage>& usage) {
  const bool measured = usage && usage->seconds > 0;
  const auto stated = [&](std::string_view name, auto ServerUsage::*value, bool known) {
    write(writer, name, known ? std::optional(static_cast<double>((*usage).*value)) : std::nullopt);
  };
  writer.begin_object();
  stated("cpu_s", &ServerUsage::cpu_s, measured);
  stated("store_cpu_s", &ServerUsage::store_cpu_s, measured);
  stated("rss_idle_bytes", &ServerUsage::rss_idle_bytes, usage.has_value());
  stated("rss_connected_bytes", &ServerUsage::rss_connected_bytes, usage.has_value());
  stated("rss_bytes", &ServerUsage::rss_bytes, measured);
  writer.end_object();
}

void write_server(JsonWriter& writer, const Report& report) {
  const ServerUsage usage = report.server.value_or(ServerUsage{});
  const ServerFigures figures =
      report.server ? server_figures(usage, report.connections) : ServerFigures{};
  const bool connected = report.server.has_value();
  const bool measured = usage.seconds > 0;
  const auto stated = [&](std::string_view name, auto value, bool known) {
    write(writer, name, known ? std::optional(static_cast<double>(value)) : std::nullopt);
  };
  writer.key("server").begin_object();
  stated("cpu_s", usage.cpu_s, measured);
  stated("store_cpu_s", usage.store_cpu_s, measured);
  stated("seconds", usage.seconds, measured);
  stated("deliveries", usage.deliveries, measured);
  stated("messages", usage.messages, measured);
  write(writer, "cpu_percent", figures.cpu_percent);
  write(writer, "store_cpu_percent", figures.store_cpu_percent);
  write(writer, "deliveries_per_core_s", figures.deliveries_per_core_s);
  write(writer, "cpu_us_per_delivery", figures.cpu_us_per_delivery);
  write(writer, "store_cpu_us_per_message", figures.store_cpu_us_per_message);
  stated("rss_idle_bytes", usage.rss_idle_bytes, connected);
  stated("rss_connected_bytes", usage.rss_connected_bytes, connected);
  stated("rss_bytes", usage.rss_bytes, measured);
  write(writer, "rss_bytes_per_connection", figures.rss_bytes_per_connection);
  if (report.servers.size() > 1) {
    writer.key("nodes").begin_object();
    for (std::size_t i = 0; i < report.servers.size(); ++i) {
      writer.key(std::to_string(i + 1));
      write_process(writer, report.servers[i]);
    }
    writer.end_object();
  }
  if (!report.server_missing.empty()) {
    writer.field("missing", report.server_missing);
  } else if (report.server && !figures.rss_bytes_per_connection) {
    writer.field("rss_bytes_per_connection_missing", kNoRssPerConnection);
  }
  writer.end_object();
}

void write_load(JsonWriter& writer, const Report& report) {
  writer.field("connections", report.connections).field("chats", report.chats);
  writer.field("threads", report.threads).field("cores", report.cores);
  write(writer, "rate", report.rate);
  write(writer, "seconds", report.seconds);
  write(writer, "connect_s", report.connect_s);
  write(writer, "connects_per_s", ratio(static_cast<double>(report.connections), report.connect_s));
  writer.field("sent", report.sent).field("acked", report.acked);
  writer.field("delivered", report.delivered);
  write(writer, "sent_per_s", per_second(report.in_time.sent, report.seconds));
  write(writer, "acked_per_s", per_second(report.in_time.acked, report.seconds));
  write(writer, "delivered_per_s", per_second(report.in_time.delivered, report.seconds));
  write_percentiles(writer, "ack_ms", report.ack);
  write_percentiles(writer, "delivery_ms", report.delivery);
  if (!report.nodes.empty()) {
    writer.field("delivered_local", report.delivered_local);
    writer.field("delivered_cross", report.delivered_cross);
    const auto rate = [&](std::uint64_t count) { return per_second(count, report.seconds); };
    write(writer, "delivered_local_per_s", rate(report.in_time.delivered_local));
    write(writer, "delivered_cross_per_s", rate(report.in_time.delivered_cross));
    write_percentiles(writer, "delivery_local_ms", report.delivery_local);
    write_percentiles(writer, "delivery_cross_ms", report.delivery_cross);
  }
  if (!report.commands.empty()) {
    writer.key("commands").begin_object();
    for (const CommandCount& command : report.commands) {
      writer.key(command.name).begin_object();
      writer.field("sent", command.sent).field("acked", command.acked).end_object();
    }
    writer.end_object();
  }
  write_operations(writer, report);
  if (report.scenario == "sends") {
    writer.key("verified");
    report.verified ? writer.integer(static_cast<std::int64_t>(*report.verified)) : writer.null();
  }
}

void write_verdict(JsonWriter& writer, const Report& report) {
  const Verdict& verdict = report.verdict;
  writer.field("lost", verdict.lost).field("doubled", verdict.doubled);
  writer.field("reordered", verdict.reordered).field("altered", verdict.altered);
  writer.field("not_come", verdict.not_come);
  writer.field("unacked", report.unacked).field("refused", report.refused);
  writer.field("retried", report.retried).field("rate_limited", report.rate_limited);
  writer.field("reconnects", report.reconnects).field("gaps", report.gaps);
  if (!report.nodes.empty()) writer.field("moved", report.moved);
}

void write_strings(JsonWriter& writer, std::string_view name,
                   const std::vector<std::string>& texts) {
  writer.key(name).begin_array();
  for (const std::string& text : texts) writer.string(text);
  writer.end_array();
}

void write_troubles(JsonWriter& writer, const Report& report) {
  write_percentiles(writer, "offline_ms", report.offline);
  write_percentiles(writer, "reconnect_wait_ms", report.waited);
  writer.key("troubles").begin_object();
  write_counts(writer, "broke", report.troubles.broke);
  write_counts(writer, "attempts", report.troubles.attempts);
  write_counts(writer, "errors", report.troubles.errors);
  writer.end_object();
}

void write_threads(JsonWriter& writer, const Report& report) {
  writer.key("client_threads").begin_array();
  for (const ThreadReport& thread : report.client_threads) {
    writer.begin_object();
    write(writer, "cpu_percent", thread.cpu_percent);
    write(writer, "waited_percent", thread.waited_percent);
    write(writer, "longest_pause_ms", thread.longest_pause_ms);
    writer.field("requests", thread.requests);
    writer.end_object();
  }
  writer.end_array();
}

void write_client(JsonWriter& writer, const Report& report) {
  writer.field("late_sends", report.late_sends);
  write(writer, "late_max_ms", report.late_max_ms);
  writer.field("full_sockets", report.full_sockets);
  write(writer, "client_cpu_percent", report.client_cpu_percent);
  write(writer, "client_busiest_thread_percent", report.busiest_thread_percent);
  write(writer, "client_waited_percent", report.waited_percent);
  write(writer, "client_longest_pause_ms", report.longest_pause_ms);
  write_threads(writer, report);
  write_strings(writer, "client_faults", client_faults(report));
  write_strings(writer, "cautions", cautions(report));
  write_strings(writer, "remarks", remarks(report));
}

}  // namespace

std::string json(const Report& report) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("scenario", report.scenario);
  write_setting(writer, report.setting);
  write_nodes(writer, report);
  write_load(writer, report);
  write_verdict(writer, report);
  write_troubles(writer, report);
  write_client(writer, report);
  if (report.server_asked) write_server(writer, report);
  writer.key("figures").begin_object();
  for (const Figure& figure : report.figures) write(writer, figure.key, figure.value);
  writer.end_object();
  if (!report.failure.empty()) writer.field("failure", report.failure);
  write_strings(writer, "failed_asserts", report.failed_asserts);
  write_strings(writer, "reasons", failures(report));
  writer.field("deliveries_expected", report.deliveries_expected);
  writer.field("ok", report.ok());
  writer.end_object();
  return out;
}

}  // namespace kith::bench
