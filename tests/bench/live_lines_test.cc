// How deliveries went over time, from what kith-bench tells each second.
#include "bench/figures/live_lines.h"

#include <doctest/doctest.h>

#include "bench/report.h"

namespace kith::figures {
namespace {

std::string line(double elapsed_s, int cross_ms) {
  bench::Interval interval{.elapsed_s = elapsed_s, .ready = 2, .connections = 2, .sent = 5};
  interval.delivery.record(std::chrono::milliseconds(7));
  interval.origins.emplace_back();
  if (cross_ms > 0) interval.origins[0].cross.record(std::chrono::milliseconds(cross_ms));
  return bench::live_line(interval) + "\n";
}

TEST_CASE("the live lines tell each second's latency from node to node") {
  const auto seconds = live_seconds(
      "connecting: 0 of 2 ready  (Connection refused; trying again for 30 s)\n"
      "2 connections ready\n" +
      line(1, 20) + line(2, 0) + line(103.02, 500) + "  104.0 s  2/2 ready  sent");
  REQUIRE(seconds.size() == 3);
  CHECK(seconds[0].end_s == 1);
  CHECK(*seconds[0].cross_p99_ms == doctest::Approx(20).epsilon(0.01));
  CHECK_FALSE(seconds[1].cross_p99_ms);
  CHECK(seconds[2].end_s == doctest::Approx(103));
  CHECK(*seconds[2].cross_p99_ms == doctest::Approx(500).epsilon(0.01));
  CHECK(live_seconds("").empty());
}

TEST_CASE("as usual again is what stays so for three seconds, and not what was so before") {
  std::vector<LiveSecond> seconds;
  for (const double ms : {20, 20, 20, 500, 500, 500, 20, 500, 20, 20, 20, 500}) {
    const auto end_s = static_cast<double>(seconds.size() + 1);
    seconds.push_back({.end_s = end_s, .cross_p99_ms = ms});
  }
  CHECK(usual_again_s(seconds, 5.5, 40) == doctest::Approx(2.5));
  CHECK(usual_again_s(seconds, 8.5, 40) == std::nullopt);  // too few are left
  CHECK(usual_again_s(seconds, 5.5, 10) == std::nullopt);
  seconds[8].cross_p99_ms.reset();  // nothing came
  CHECK(usual_again_s(seconds, 5.5, 40) == std::nullopt);
  CHECK(median_cross_p99_ms(seconds, 9) == 20);
  CHECK(median_cross_p99_ms(seconds, 12) == std::nullopt);
}

}  // namespace
}  // namespace kith::figures
