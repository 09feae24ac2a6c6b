#include "bench/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/json_writer.h"

namespace kith::bench {
namespace {

double per_second(std::uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

std::string percentiles(const Histogram& histogram) {
  return fmt::format("p50 {:.2f}  p90 {:.2f}  p99 {:.2f}  p99.9 {:.2f}  max {:.2f} ms",
                     histogram.percentile_ms(50), histogram.percentile_ms(90),
                     histogram.percentile_ms(99), histogram.percentile_ms(99.9),
                     histogram.max_ms());
}

// Milliseconds to the microsecond: the rest is noise.
double rounded(double value) {
  return static_cast<double>(static_cast<std::int64_t>(value * 1000 + 0.5)) / 1000;
}

void write_percentiles(JsonWriter& writer, std::string_view name, const Histogram& histogram) {
  writer.key(name).begin_object();
  writer.key("p50").number(rounded(histogram.percentile_ms(50)));
  writer.key("p90").number(rounded(histogram.percentile_ms(90)));
  writer.key("p99").number(rounded(histogram.percentile_ms(99)));
  writer.key("p999").number(rounded(histogram.percentile_ms(99.9)));
  writer.key("max").number(rounded(histogram.max_ms()));
  writer.end_object();
}

}  // namespace

std::string live_line(const LiveLine& line) {
  return fmt::format(
      "{:6.1f} s  {}/{} ready  sent {:>6}  acked {:>6}  delivered {:>8}  "
      "ack p99 {:.2f} ms  delivery p99 {:.2f} ms",
      line.elapsed_s, line.ready, line.connections, line.sent, line.acked, line.delivered,
      line.ack.percentile_ms(99), line.delivery.percentile_ms(99));
}

bool Report::ok() const {
  return failure.empty() && verdict.clean() && unacked == 0 && refused == 0 && delivered > 0;
}

std::string summary(const Report& report) {
  std::string text = fmt::format(
      "\n{}: {} connections in {} chats, {:.1f} s at {:.0f} messages/s\n"
      "  sent       {:>10}  {:>10.0f}/s\n"
      "  acked      {:>10}  {:>10.0f}/s   {}\n"
      "  delivered  {:>10}  {:>10.0f}/s   {}\n"
      "  lost {}  doubled {}  reordered {}  altered {}  unanswered {}  refused {}\n",
      report.scenario, report.connections, report.chats, report.seconds, report.rate, report.sent,
      per_second(report.sent, report.seconds), report.acked,
      per_second(report.acked, report.seconds), percentiles(report.ack), report.delivered,
      per_second(report.delivered, report.seconds), percentiles(report.delivery),
      report.verdict.lost, report.verdict.doubled, report.verdict.reordered, report.verdict.altered,
      report.unacked, report.refused);
  text += fmt::format("  reconnects {}  sent again {}  rate limited {}  gaps {}\n",
                      report.reconnects, report.retried, report.rate_limited, report.gaps);
  text += fmt::format("  this client: {:.0f} % of a core", report.client_cpu_percent);
  if (report.late_sends > 0) {
    text += fmt::format(", {} sends late, up to {:.1f} ms: part of the latency is its own",
                        report.late_sends, report.late_max_ms);
  }
  text += '\n';
  if (!report.failure.empty()) text += fmt::format("  broke off: {}\n", report.failure);
  text += report.ok() ? "  ok\n" : "  FAILED\n";
  return text;
}

std::string json(const Report& report) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.field("scenario", report.scenario);
  writer.field("connections", report.connections).field("chats", report.chats);
  writer.key("rate").number(rounded(report.rate));
  writer.key("seconds").number(rounded(report.seconds));
  writer.field("sent", report.sent).field("acked", report.acked);
  writer.field("delivered", report.delivered);
  writer.key("sent_per_s").number(rounded(per_second(report.sent, report.seconds)));
  writer.key("acked_per_s").number(rounded(per_second(report.acked, report.seconds)));
  writer.key("delivered_per_s").number(rounded(per_second(report.delivered, report.seconds)));
  write_percentiles(writer, "ack_ms", report.ack);
  write_percentiles(writer, "delivery_ms", report.delivery);
  writer.field("lost", report.verdict.lost).field("doubled", report.verdict.doubled);
  writer.field("reordered", report.verdict.reordered);
  writer.field("altered", report.verdict.altered);
  writer.field("unacked", report.unacked).field("refused", report.refused);
  writer.field("retried", report.retried).field("rate_limited", report.rate_limited);
  writer.field("reconnects", report.reconnects).field("gaps", report.gaps);
  writer.field("late_sends", report.late_sends);
  writer.key("late_max_ms").number(rounded(report.late_max_ms));
  writer.key("client_cpu_percent").number(rounded(report.client_cpu_percent));
  if (!report.failure.empty()) writer.field("failure", report.failure);
  writer.field("ok", report.ok());
  writer.end_object();
  return out;
}

}  // namespace kith::bench
