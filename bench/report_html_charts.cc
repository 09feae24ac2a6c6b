// The charts of a report's page.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "bench/report_html.h"
#include "bench/report_text.h"
#include "bench/svg_chart.h"

namespace kith::bench {
namespace {

using Intervals = std::vector<Interval>;

ChartSeries over_time(const Intervals& intervals, std::string name, std::string style,
                      const std::function<std::optional<double>(std::size_t)>& value) {
  ChartSeries out{.name = std::move(name), .style = std::move(style), .points = {}};
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    const auto y = value(i);
    out.points.push_back(y ? std::optional(ChartPoint{.x = intervals[i].elapsed_s, .y = *y})
                           : std::nullopt);
  }
  return out;
}

Chart time_chart(const Intervals& intervals, std::string title) {
  const double end = intervals.empty() ? 0 : intervals.back().elapsed_s;
  return Chart{.title = std::move(title),
               .x_max = end > 0 ? end : 1,
               .x_ticks = time_ticks(end),
               .series = {},
               .readings = {}};
}

double length_of(const Intervals& intervals, std::size_t i) {
  return intervals[i].elapsed_s - (i == 0 ? 0 : intervals[i - 1].elapsed_s);
}

using LatencyOf = const Histogram& (*)(const Interval&);

Chart latency_chart(const Intervals& intervals, std::string title, const std::string& style,
                    LatencyOf latency_of) {
  Chart chart = time_chart(intervals, std::move(title));
  chart.scale = Scale::logarithmic;
  const auto line = [&](std::string name, std::string_view weight, double percent) {
    chart.series.push_back(over_time(intervals, std::move(name),
                                     fmt::format("{} {}", style, weight),
                                     [&, percent](std::size_t i) -> std::optional<double> {
                                       const Histogram& measured = latency_of(intervals[i]);
                                       if (measured.count() == 0) return std::nullopt;
                                       return measured.percentile_ms(percent);
                                     }));
  };
  line("max", "dashed", 100);
  line("p99", "", 99);
  line("p50", "thin", 50);
  for (const Interval& interval : intervals) {
    const Histogram& measured = latency_of(interval);
    if (measured.count() == 0) continue;
    chart.readings.push_back(
        {.x = interval.elapsed_s,
         .text = fmt::format("{:.0f} s: p50 {} ms, p99 {} ms, max {} ms", interval.elapsed_s,
                             short_number(measured.percentile_ms(50)),
                             short_number(measured.percentile_ms(99)),
                             short_number(measured.max_ms()))});
  }
  return chart;
}

// What becomes of either when the nodes lose sight of each other is the question.
std::string origin_cards(const Intervals& intervals) {
  static const Histogram kNothing;
  return chart_card(latency_chart(intervals, "Delivery on one node over time, ms", "delivery",
                                  [](const Interval& interval) -> const Histogram& {
                                    return interval.origins.empty() ? kNothing
                                                                    : interval.origins[0].local;
                                  })) +
         chart_card(latency_chart(intervals, "Delivery across nodes over time, ms", "delivery",
                                  [](const Interval& interval) -> const Histogram& {
                                    return interval.origins.empty() ? kNothing
                                                                    : interval.origins[0].cross;
                                  }));
}

struct Counter {
  std::string name;
  std::string style;
  std::uint64_t Interval::*count;
};

// Per second, whatever the length of the intervals.
Chart rate_chart(const Intervals& intervals, std::string title,
                 const std::vector<Counter>& counters) {
  Chart chart = time_chart(intervals, std::move(title));
  const auto rate = [&](const Counter& counter, std::size_t i) {
    return per_second(intervals[i].*counter.count, length_of(intervals, i));
  };
  for (const Counter& counter : counters) {
    chart.series.push_back(over_time(intervals, counter.name, counter.style,
                                     [&](std::size_t i) { return rate(counter, i); }));
  }
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    std::string text = fmt::format("{:.0f} s:", intervals[i].elapsed_s);
    for (const Counter& counter : counters) {
      text += fmt::format("{} {} {}/s", &counter == &counters.front() ? "" : ",", counter.name,
                          grouped(rate(counter, i)));
    }
    chart.readings.push_back({.x = intervals[i].elapsed_s, .text = std::move(text)});
  }
  return chart;
}

// How far to the right a percentile stands: each further nine is as wide as the one before it.
double nines(double percent) {
  return -std::log10(1 - percent / 100);
}

ChartSeries percentile_curve(const Histogram& histogram, std::string name, std::string style) {
  constexpr int kPointsPerNine = 20;
  constexpr int kNines = 4;
  ChartSeries out{.name = std::move(name), .style = std::move(style), .points = {}};
  // Beyond its last record a histogram only repeats it.
  const double last = std::log10(static_cast<double>(histogram.count()));
  for (int i = 0; i <= kNines * kPointsPerNine; ++i) {
    const double x = static_cast<double>(i) / kPointsPerNine;
    if (histogram.count() == 0 || x > last) break;
    out.points.emplace_back(
        ChartPoint{.x = x, .y = histogram.percentile_ms(100 * (1 - std::pow(10, -x)))});
  }
  return out;
}

Chart percentile_chart(const Report& report) {
  constexpr std::array<double, 6> kMarked = {0, 50, 90, 99, 99.9, 99.99};
  Chart chart{.title = "Latency by percentile, ms",
              .scale = Scale::logarithmic,
              .x_max = nines(kMarked.back()),
              .x_ticks = {},
              .series = {},
              .readings = {}};
  for (const double percent : kMarked) {
    chart.x_ticks.push_back({.at = nines(percent), .label = fmt::format("{}", percent)});
    std::string text = fmt::format("{} %:", percent);
    if (report.ack.count() > 0) {
      text += fmt::format(" ack {} ms", short_number(report.ack.percentile_ms(percent)));
    }
    if (report.delivery.count() > 0) {
      text += fmt::format(" delivery {} ms", short_number(report.delivery.percentile_ms(percent)));
    }
    chart.readings.push_back({.x = chart.x_ticks.back().at, .text = std::move(text)});
  }
  if (report.delivery.count() > 0) {
    chart.series.push_back(percentile_curve(report.delivery, "delivery", "delivery"));
  }
  if (report.ack.count() > 0) {
    chart.series.push_back(percentile_curve(report.ack, "ack", "ack"));
  }
  return chart;
}

}  // namespace

std::vector<Interval> merged_intervals(const std::vector<Interval>& intervals, std::size_t most) {
  const std::size_t each = std::max<std::size_t>(1, (intervals.size() + most - 1) / most);
  std::vector<Interval> out;
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    if (i % each == 0) out.emplace_back();
    out.back() += intervals[i];
  }
  return out;
}

std::string chart_cards(const Report& report) {
  const Intervals intervals = merged_intervals(report.intervals, kChartPointsMax);
  const bool deliveries = report.deliveries_expected || report.delivered > 0;
  std::string out;
  if (deliveries) {
    out += chart_card(latency_chart(
        intervals, "Delivery latency over time, ms", "delivery",
        [](const Interval& interval) -> const Histogram& { return interval.delivery; }));
  }
  if (deliveries && !report.nodes.empty()) out += origin_cards(intervals);
  out += chart_card(
      latency_chart(intervals, "Ack latency over time, ms", "ack",
                    [](const Interval& interval) -> const Histogram& { return interval.ack; }));
  out += chart_card(percentile_chart(report));
  out += chart_card(
      rate_chart(intervals, "Messages per second",
                 {{"acked", "ack", &Interval::acked}, {"sent", "sent dashed", &Interval::sent}}));
  if (deliveries) {
    out += chart_card(rate_chart(intervals, "Deliveries per second",
                                 {{"delivered", "delivery", &Interval::delivered}}));
  }
  const bool errors = std::any_of(intervals.begin(), intervals.end(),
                                  [](const Interval& interval) { return interval.errors > 0; });
  if (errors) {
    out += chart_card(
        rate_chart(intervals, "Errors per second", {{"errors", "error", &Interval::errors}}));
  }
  return out;
}

}  // namespace kith::bench
