// The axes of a report's charts, and what they show of long runs.
#include "bench/svg_chart.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "bench/report.h"
#include "bench/report_html.h"

namespace kith::bench {
namespace {

TEST_CASE("an axis of latency begins and ends at a tick, and none of it is left out") {
  const auto ticks = [](double low, double high) {
    const std::string card =
        chart_card({.title = "latency",
                    .scale = Scale::logarithmic,
                    .series = {{.name = "x", .style = "", .points = {{{0, low}}, {{1, high}}}}}});
    std::string out;
    constexpr std::string_view kTick = "text-anchor=\"end\">";
    for (auto at = card.find(kTick); at != std::string::npos; at = card.find(kTick, at + 1)) {
      const auto begin = at + kTick.size();
      out += card.substr(begin, card.find('<', begin) - begin) + ",";
    }
    return out;
  };
  CHECK(ticks(0.7, 9) == "0.5,1,2,5,10,");
  CHECK(ticks(2, 500) == "2,5,10,20,50,100,200,500,");
  CHECK(ticks(0.3, 700) == "0.1,1,10,100,1,000,");
  CHECK(ticks(0, 5) == "0.001,0.01,0.1,1,10,");
  CHECK(ticks(3, 3) == "2,5,");
}

TEST_CASE("hours of seconds are merged, and nothing is lost by it") {
  std::vector<Interval> hours(10'000);
  for (std::size_t i = 0; i < hours.size(); ++i) {
    hours[i].elapsed_s = static_cast<double>(i + 1);
    hours[i].sent = 3;
    hours[i].errors = 1;
    hours[i].ack.record(std::chrono::milliseconds(i == 5000 ? 900 : 1));
  }
  const auto merged = merged_intervals(hours, kChartPointsMax);
  CHECK(merged.size() <= kChartPointsMax);
  CHECK(merged.size() > kChartPointsMax / 2);
  CHECK(merged.back().elapsed_s == 10'000);
  std::uint64_t sent = 0;
  std::uint64_t errors = 0;
  double slowest = 0;
  for (const Interval& interval : merged) {
    sent += interval.sent;
    errors += interval.errors;
    slowest = std::max(slowest, interval.ack.max_ms());
  }
  CHECK(sent == 30'000);
  CHECK(errors == 10'000);
  CHECK(slowest == doctest::Approx(900));
  CHECK(merged_intervals({}, 10).empty());
}

TEST_CASE("what was left of a run is an interval too; a short one is a part of the last") {
  const auto interval = [](double elapsed_s, std::uint64_t sent) {
    Interval out{.elapsed_s = elapsed_s, .sent = sent};
    out.ack.record(std::chrono::milliseconds(1));
    return out;
  };
  std::vector<Interval> intervals;
  add_rest(intervals, interval(-0.01, 0));  // it broke off before the load was due
  CHECK(intervals.empty());
  add_rest(intervals, interval(0.3, 5));
  REQUIRE(intervals.size() == 1);
  add_rest(intervals, interval(0.98, 7));
  REQUIRE(intervals.size() == 2);
  CHECK(intervals[1].sent == 7);
  add_rest(intervals, interval(1.2, 2));
  REQUIRE(intervals.size() == 2);
  CHECK(intervals[1].sent == 9);
  CHECK(intervals[1].elapsed_s == 1.2);
  CHECK(intervals[1].ack.count() == 2);
}

TEST_CASE("time axes speak in seconds, minutes or hours") {
  const auto labels = [](double seconds) {
    std::string out;
    for (const ChartTick& tick : time_ticks(seconds)) out += tick.label + ",";
    return out;
  };
  CHECK(labels(60) == "0 s,20 s,40 s,60 s,");
  CHECK(labels(600) == "0 min,2 min,4 min,6 min,8 min,10 min,");
  CHECK(labels(5 * 3600) == "0 h,1 h,2 h,3 h,4 h,5 h,");
  CHECK(labels(0) == "0 s,");
}

}  // namespace
}  // namespace kith::bench
