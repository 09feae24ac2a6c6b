// What of /metrics is about web hooks and mail.
#include <array>

#include "gateway/metrics_families.h"
#include "gateway/outgoing/outgoing_stats.h"

namespace kith {

namespace {

void add_content_filter_metrics(MetricFamilies& out, const LaneStats& filter) {
  const auto add = [&](const char* name, const char* help, double value) {
    MetricFamilies::one(out.add(name, help, prometheus::MetricType::Counter), {}, value);
  };
  add("kith_content_filter_hidden_total", "Messages that the content filter had hidden",
      static_cast<double>(filter.hidden));
  add("kith_content_filter_late_total", "Verdicts later than 10 s after their message",
      static_cast<double>(filter.late));
  add("kith_content_filter_lag_seconds_total",
      "From messages to their verdicts, all together; their number is the filter's `sent`",
      static_cast<double>(filter.lag_ms) / 1000);
}

}  // namespace

void add_outgoing_metrics(MetricFamilies& out, const OutgoingStats& stats) {
  const std::array<std::pair<const char*, const LaneStats*>, 3> lanes = {
      {{"webhook", &stats.web_hook}, {"email", &stats.email}, {"filter", &stats.content_filter}}};
  auto& outcomes =
      out.add("kith_outgoing_total", "What became of what was to be sent out, by way and outcome",
              prometheus::MetricType::Counter);
  for (const auto& [name, lane] : lanes) {
    const auto one = [&, name = name](const char* outcome, std::uint64_t value) {
      MetricFamilies::one(outcomes, {{"channel", name}, {"outcome", outcome}},
                          static_cast<double>(value));
    };
    one("sent", lane->sent);
    one("retried", lane->failed);
    one("dead", lane->dead);
    one("dropped", lane->dropped);
    one("moot", lane->moot);
  }
  auto& waiting = out.add("kith_outgoing_waiting",
                          "Rows of the outbox that wait to be sent, of all nodes; at most 10,000",
                          prometheus::MetricType::Gauge);
  for (const auto& [name, lane] : lanes) {
    MetricFamilies::one(waiting, {{"channel", name}}, lane->waiting);
  }
  auto& dead = out.add("kith_outgoing_dead_letters",
                       "Rows of the outbox that were given up, of all nodes; at most 10,000",
                       prometheus::MetricType::Gauge);
  for (const auto& [name, lane] : lanes)
    MetricFamilies::one(dead, {{"channel", name}}, lane->dead_kept);
  add_content_filter_metrics(out, stats.content_filter);
}

}  // namespace kith
