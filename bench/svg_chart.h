// Line charts as inline SVG, for a page that must not load anything: no script, no font, no image.
// Sizes are in the units of a view box as wide as a phone, so that text stays readable there;
// colours and line styles are the page's CSS classes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kith::bench {

// `text` as HTML shows it, in an element or in a quoted attribute. Control characters, which HTML
// does not allow at all, become U+FFFD.
std::string escaped(std::string_view text);

struct ChartPoint {
  double x = 0;
  double y = 0;
};

struct ChartSeries {
  std::string name;
  std::string style;                              // CSS classes
  std::vector<std::optional<ChartPoint>> points;  // none: the line is broken there
};

struct ChartTick {
  double at = 0;
  std::string label;
};

// What is said where the pointer rests on the chart near `x`.
struct ChartReading {
  double x = 0;
  std::string text;
};

enum class Scale { linear, logarithmic };  // linear begins at 0

struct Chart {
  std::string title;
  Scale scale = Scale::linear;  // of y
  double x_max = 1;             // x begins at 0
  std::vector<ChartTick> x_ticks;
  std::vector<ChartSeries> series;
  std::vector<ChartReading> readings;  // in the order of x
};

// A card with title, key and chart; says "nothing measured" where no series has a point.
std::string chart_card(const Chart& chart);

// Ticks of a time axis from 0 to `seconds`, in seconds, minutes or hours.
std::vector<ChartTick> time_ticks(double seconds);

}  // namespace kith::bench
