#include "bench/histogram.h"

#include <doctest/doctest.h>

namespace kith::bench {
namespace {

using namespace std::chrono_literals;

TEST_CASE("percentiles are right to one part in a hundred at every scale") {
  Histogram histogram;
  for (int i = 1; i <= 100'000; ++i) histogram.record(std::chrono::microseconds(i * 7));
  for (const double percent : {1.0, 50.0, 90.0, 99.0, 99.9}) {
    const double exact = percent / 100 * 100'000 * 7 / 1000;
    CHECK(histogram.percentile_ms(percent) == doctest::Approx(exact).epsilon(0.01));
  }
  CHECK(histogram.max_ms() == doctest::Approx(700.0));
  CHECK(histogram.percentile_ms(100) == doctest::Approx(700.0));
}

TEST_CASE("nothing recorded is 0, and an hour does not fall off the end") {
  Histogram histogram;
  CHECK(histogram.percentile_ms(99) == 0);
  histogram.record(1h);
  histogram.record(-1s);
  CHECK(histogram.percentile_ms(99) == doctest::Approx(3'600'000.0));
  CHECK(histogram.percentile_ms(1) == 0);
}

TEST_CASE("merging adds up") {
  Histogram one;
  Histogram two;
  one.record(1ms);
  two.record(3ms);
  one.merge(two);
  CHECK(one.count() == 2);
  CHECK(one.max_ms() == doctest::Approx(3.0));
  CHECK(one.percentile_ms(50) == doctest::Approx(1.0).epsilon(0.01));
}

}  // namespace
}  // namespace kith::bench
