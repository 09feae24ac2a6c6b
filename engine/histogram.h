// A histogram with fixed upper bounds, plain integers: one per shard, read by adding them up.
#pragma once

#include <array>
#include <cstdint>

namespace kith {

// Milliseconds: 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, and the rest.
class LatencyHistogram {
 public:
  static constexpr std::array<std::uint32_t, 11> kUpperBoundsMs = {1,   2,   5,   10,   20,  50,
                                                                   100, 200, 500, 1000, 5000};
  void record(double milliseconds) {
    std::size_t i = 0;
    while (i < kUpperBoundsMs.size() && milliseconds > kUpperBoundsMs[i]) ++i;
    ++buckets[i];
    sum_ms += milliseconds;
  }
  std::array<std::uint64_t, kUpperBoundsMs.size() + 1> buckets{};
  double sum_ms = 0;
};

}  // namespace kith
