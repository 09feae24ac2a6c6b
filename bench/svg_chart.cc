#include "bench/svg_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "bench/report_text.h"

namespace kith::bench {
namespace {

constexpr double kWidth = 360;
constexpr double kHeight = 220;
constexpr double kLeft = 46;
constexpr double kRight = 20;
constexpr double kTop = 10;
constexpr double kBottom = 26;

// The steps that people read without effort.
constexpr std::array<double, 3> kSteps = {1, 2, 5};

struct Range {
  double low = 0;
  double high = 1;
};

// Where the charted values stand, on the way from data to the view box.
class Frame {
 public:
  Frame(const Chart& chart, Range y) : scale_(chart.scale), x_max_(chart.x_max), y_(y) {}

  double x(double value) const { return kLeft + value / x_max_ * (kWidth - kLeft - kRight); }
  double y(double value) const {
    const double share =
        (position(value) - position(y_.low)) / (position(y_.high) - position(y_.low));
    return kHeight - kBottom - std::clamp(share, 0.0, 1.0) * (kHeight - kTop - kBottom);
  }

 private:
  double position(double value) const {
    return scale_ == Scale::linear ? value : std::log10(std::max(value, y_.low));
  }

  Scale scale_;
  double x_max_;
  Range y_;
};

// 1, 2 or 5 times a power of ten, the nearest that is not below `value`.
double step_above(double value) {
  const double decade = std::pow(10, std::floor(std::log10(value)));
  for (const double step : kSteps) {
    // A hair of slack: 0.2 came out of a logarithm and may be 0.2000001.
    if (step * decade >= value * (1 - 1e-9)) return step * decade;
  }
  return 10 * decade;
}

double step_below(double value) {
  const double decade = std::pow(10, std::floor(std::log10(value)));
  for (auto step = kSteps.rbegin(); step != kSteps.rend(); ++step) {
    if (*step * decade <= value * (1 + 1e-9)) return *step * decade;
  }
  return decade;
}

// Whether a logarithmic axis has room for 1, 2 and 5, or for powers of ten alone.
bool ticks_at_steps(const Range& range) {
  constexpr double kDecadesWithSteps = 2.5;
  return std::log10(range.high / range.low) <= kDecadesWithSteps;
}

std::optional<Range> range_of(const Chart& chart) {
  constexpr double kFloor = 0.001;  // a microsecond in ms: what a logarithm takes 0 for
  std::optional<Range> out;
  for (const ChartSeries& series : chart.series) {
    for (const auto& point : series.points) {
      if (!point) continue;
      const double y = chart.scale == Scale::linear ? point->y : std::max(point->y, kFloor);
      out = out ? Range{.low = std::min(out->low, y), .high = std::max(out->high, y)}
                : Range{.low = y, .high = y};
    }
  }
  if (!out) return out;
  if (chart.scale == Scale::linear) {
    out->low = 0;
    if (!(out->high > 0)) out->high = 1;
    return out;
  }
  out->low = step_below(out->low);
  out->high = step_above(out->high);
  if (!ticks_at_steps(*out)) {  // the ends bear a tick in either case
    out->low = std::pow(10, std::floor(std::log10(out->low)));
    out->high = std::pow(10, std::ceil(std::log10(out->high) - 1e-9));
  }
  if (out->high <= out->low) out->high = 10 * out->low;
  return out;
}

std::string compact(double value) {
  constexpr double kThousand = 1e3;
  constexpr double kMillion = 1e6;
  if (value >= kMillion) return fmt::format("{:.4g}M", value / kMillion);
  if (value >= 10 * kThousand) return fmt::format("{:.4g}k", value / kThousand);
  return short_number(value);
}

std::vector<ChartTick> linear_ticks(Range& range) {
  constexpr double kWanted = 4;
  const double step = step_above(range.high / kWanted);
  const auto count = static_cast<int>(std::ceil(range.high / step - 1e-9));
  range.high = count * step;
  std::vector<ChartTick> out;
  for (int i = 0; i <= count; ++i) out.push_back({.at = i * step, .label = compact(i * step)});
  return out;
}

std::vector<ChartTick> logarithmic_ticks(const Range& range) {
  const bool steps = ticks_at_steps(range);
  std::vector<ChartTick> out;
  for (double decade = std::pow(10, std::floor(std::log10(range.low)));
       decade <= range.high * (1 + 1e-9); decade *= 10) {
    for (const double step : kSteps) {
      const double at = step * decade;
      if (step > 1 && !steps) break;
      if (at < range.low * (1 - 1e-9) || at > range.high * (1 + 1e-9)) continue;
      out.push_back({.at = at, .label = compact(at)});
    }
  }
  return out;
}

std::string grid(const Frame& frame, const std::vector<ChartTick>& y_ticks,
                 const std::vector<ChartTick>& x_ticks) {
  std::string out;
  for (const ChartTick& tick : y_ticks) {
    const double y = frame.y(tick.at);
    out += fmt::format(
        "<line class=\"grid-line\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
        "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
        kLeft, kWidth - kRight, y, y, kLeft - 6, y + 4, escaped(tick.label));
  }
  for (const ChartTick& tick : x_ticks) {
    out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                       frame.x(tick.at), kHeight - 8, escaped(tick.label));
  }
  return out;
}

std::string path(const Frame& frame, const ChartSeries& series) {
  std::string d;
  std::string dots;
  const auto present = [&](std::size_t i) {
    return i < series.points.size() && series.points[i].has_value();
  };
  for (std::size_t i = 0; i < series.points.size(); ++i) {
    if (!present(i)) continue;
    const double x = frame.x(series.points[i]->x);
    const double y = frame.y(series.points[i]->y);
    const bool follows = i > 0 && present(i - 1);
    d += fmt::format("{}{:.1f} {:.1f}", follows ? 'L' : 'M', x, y);
    // A point without neighbours is no line.
    if (!follows && !present(i + 1)) {
      dots += fmt::format("<circle class=\"series {}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"1.5\"/>\n",
                          series.style, x, y);
    }
  }
  return fmt::format("<path class=\"series {}\" d=\"{}\"/>\n", series.style, d) + dots;
}

std::string hits(const Frame& frame, const std::vector<ChartReading>& readings) {
  std::string out;
  double from = kLeft;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    const double to = i + 1 < readings.size() ? frame.x((readings[i].x + readings[i + 1].x) / 2)
                                              : kWidth - kRight;
    out += fmt::format(
        "<rect class=\"hit\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\">"
        "<title>{}</title></rect>\n",
        from, kTop, std::max(0.0, to - from), kHeight - kTop - kBottom, escaped(readings[i].text));
    from = to;
  }
  return out;
}

std::string key(const Chart& chart) {
  std::string out;
  for (const ChartSeries& series : chart.series) {
    out += fmt::format(
        "<span><svg viewBox=\"0 0 24 8\" aria-hidden=\"true\">"
        "<path class=\"series {}\" d=\"M2 4H22\"/></svg>{}</span>\n",
        series.style, escaped(series.name));
  }
  return out;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) {
      out += "\xEF\xBF\xBD";
    } else {
      out += c;
    }
  }
  return out;
}

std::string chart_card(const Chart& chart) {
  auto range = range_of(chart);
  if (!range) {
    return fmt::format(
        "<div class=\"card\"><h3>{}</h3><p class=\"quiet\">nothing measured</p></div>\n",
        escaped(chart.title));
  }
  const auto y_ticks =
      chart.scale == Scale::linear ? linear_ticks(*range) : logarithmic_ticks(*range);
  const Frame frame(chart, *range);
  std::string out = fmt::format(
      "<div class=\"card\"><h3>{}</h3><div class=\"keys\">{}</div>\n"
      "<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n",
      escaped(chart.title), key(chart), kWidth, kHeight, escaped(chart.title));
  out += grid(frame, y_ticks, chart.x_ticks);
  for (const ChartSeries& series : chart.series) out += path(frame, series);
  return out + hits(frame, chart.readings) + "</svg></div>\n";
}

std::vector<ChartTick> time_ticks(double seconds) {
  struct Unit {
    double seconds;
    std::string_view name;
    double from;  // axes at least this long use it
  };
  constexpr std::array<Unit, 3> kUnits = {
      {{3600, "h", 3 * 3600}, {60, "min", 3 * 60}, {1, "s", 0}}};
  constexpr double kWanted = 5;
  const auto unit = *std::find_if(kUnits.begin(), kUnits.end(),
                                  [&](const Unit& one) { return seconds >= one.from; });
  const double step = step_above(std::max(seconds, 0.01) / unit.seconds / kWanted);
  std::vector<ChartTick> out;
  for (int i = 0; i * step * unit.seconds <= seconds * (1 + 1e-9); ++i) {
    out.push_back(
        {.at = i * step * unit.seconds, .label = fmt::format("{:.3g} {}", i * step, unit.name)});
  }
  return out;
}

}  // namespace kith::bench
