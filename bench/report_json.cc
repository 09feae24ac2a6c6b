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

void write_setting(JsonWriter& writer, const Setting& setting) {
  writer.key("setting").begin_object();
  writer.field("command_line", setting.command_line).field("started_at", setting.started_at);
  writer.field("machine", setting.machine).field("client", setting.client);
  writer.field("server", setting.server).field("url", setting.url);
  writer.end_object();
}

void write_server(JsonWriter& writer, const ServerUsage& usage, std::uint64_t connections) {
  const ServerFigures figures = server_figures(usage, connections);
  writer.key("server").begin_object();
  write(writer, "cpu_s", usage.cpu_s);
  write(writer, "store_cpu_s", usage.store_cpu_s);
  write(writer, "seconds", usage.seconds);
  writer.field("deliveries", usage.deliveries).field("messages", usage.messages);
  write(writer, "cpu_percent", figures.cpu_percent);
  write(writer, "store_cpu_percent", figures.store_cpu_percent);
  write(writer, "deliveries_per_core_s", figures.deliveries_per_core_s);
  write(writer, "cpu_us_per_delivery", figures.cpu_us_per_delivery);
  write(writer, "store_cpu_us_per_message", figures.store_cpu_us_per_message);
  writer.field("rss_idle_bytes", usage.rss_idle_bytes);
  writer.field("rss_connected_bytes", usage.rss_connected_bytes);
  writer.field("rss_bytes", usage.rss_bytes);
  write(writer, "rss_bytes_per_connection", figures.rss_bytes_per_connection);
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
}

void write_verdict(JsonWriter& writer, const Report& report) {
  const Verdict& verdict = report.verdict;
  writer.field("lost", verdict.lost).field("doubled", verdict.doubled);
  writer.field("reordered", verdict.reordered).field("altered", verdict.altered);
  writer.field("unacked", report.unacked).field("refused", report.refused);
  writer.field("retried", report.retried).field("rate_limited", report.rate_limited);
  writer.field("reconnects", report.reconnects).field("gaps", report.gaps);
}

void write_client(JsonWriter& writer, const Report& report) {
  writer.field("late_sends", report.late_sends);
  write(writer, "late_max_ms", report.late_max_ms);
  writer.field("full_sockets", report.full_sockets);
  write(writer, "client_cpu_percent", report.client_cpu_percent);
  writer.key("client_faults").begin_array();
  for (const std::string& fault : client_faults(report)) writer.string(fault);
  writer.end_array();
}

}  // namespace

std::string json(const Report& report) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("scenario", report.scenario);
  write_setting(writer, report.setting);
  write_load(writer, report);
  write_verdict(writer, report);
  write_client(writer, report);
  if (report.server) write_server(writer, *report.server, report.connections);
  writer.key("figures").begin_object();
  for (const Figure& figure : report.figures) write(writer, figure.key, figure.value);
  writer.end_object();
  if (!report.failure.empty()) writer.field("failure", report.failure);
  writer.key("failed_asserts").begin_array();
  for (const std::string& assertion : report.failed_asserts) writer.string(assertion);
  writer.end_array();
  writer.field("deliveries_expected", report.deliveries_expected);
  writer.field("ok", report.ok());
  writer.end_object();
  return out;
}

}  // namespace kith::bench
