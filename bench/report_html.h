// A report as one page of HTML that needs nothing but itself: no script, no font, no image, no
// address is loaded, so it can be mailed, kept and read on a phone. The charts are inline SVG.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/report.h"

namespace kith::bench {

std::string html(const Report& report);

// Latency over time and as percentile curves, rates and errors: the cards between the verdict and
// the tables. Long runs are drawn in at most kChartPointsMax steps, each of several seconds merged.
inline constexpr std::size_t kChartPointsMax = 240;
std::string chart_cards(const Report& report);
std::vector<Interval> merged_intervals(const std::vector<Interval>& intervals, std::size_t most);

// bench/report.html.in: the page with {{title}} and {{body}} to be filled in.
std::string_view report_page();

}  // namespace kith::bench
