#include "bench/figures/live_lines.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "bench/figures/results.h"

namespace kith::figures {
namespace {

constexpr double kSecond = 1;

std::optional<double> number_at(std::string_view text, std::size_t at) {
  at = text.find_first_not_of(' ', at);
  if (at == std::string_view::npos) return std::nullopt;
  double value = 0;
  const auto read = std::from_chars(text.data() + at, text.data() + text.size(), value);
  return read.ec == std::errc{} ? std::optional(value) : std::nullopt;
}

}  // namespace

std::vector<LiveSecond> live_seconds(std::string_view log) {
  constexpr std::string_view kCross = ", across nodes ";
  std::vector<LiveSecond> out;
  for (std::size_t end = log.find('\n'); end != std::string_view::npos; end = log.find('\n')) {
    const std::string_view line = log.substr(0, end);
    log.remove_prefix(end + 1);
    // "  12.0 s  400/400 ready  sent ..."
    const auto elapsed = number_at(line, 0);
    if (!elapsed || line.find(" ready  sent ") == std::string_view::npos) continue;
    out.push_back({.end_s = *elapsed});
    if (const auto at = line.find(kCross); at != std::string_view::npos) {
      out.back().cross_p99_ms = number_at(line, at + kCross.size());
    }
  }
  return out;
}

std::optional<double> usual_again_s(const std::vector<LiveSecond>& seconds, double since_s,
                                    double usual_ms) {
  constexpr int kInARow = 3;
  int usual = 0;
  double first_s = 0;
  for (const LiveSecond& second : seconds) {
    const double begin_s = second.end_s - kSecond;
    // The one in which it came back has what was before in it.
    if (begin_s < since_s) continue;
    const bool as_usual = second.cross_p99_ms && *second.cross_p99_ms <= usual_ms;
    if (as_usual && usual == 0) first_s = begin_s;
    usual = as_usual ? usual + 1 : 0;
    if (usual == kInARow) return first_s - since_s;
  }
  return std::nullopt;
}

std::optional<double> median_cross_p99_ms(const std::vector<LiveSecond>& seconds, double from_s) {
  std::vector<double> values;
  for (const LiveSecond& second : seconds) {
    if (second.end_s - kSecond >= from_s && second.cross_p99_ms) {
      values.push_back(*second.cross_p99_ms);
    }
  }
  const auto spread = spread_of(std::move(values));
  return spread ? std::optional(spread->median) : std::nullopt;
}

}  // namespace kith::figures
