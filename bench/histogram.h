// Latencies in logarithmic buckets (the idea of Gil Tene's HdrHistogram): 128 buckets per power of
// two of microseconds, so every percentile is right to 0.8 % at any scale. Fixed memory, no
// allocation on the path of a message. One per thread; merged at the end.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace kith::bench {

class Histogram {
 public:
  void record(std::chrono::nanoseconds latency);  // negative counts as 0
  void merge(const Histogram& other);
  void clear() { *this = Histogram{}; }

  std::uint64_t count() const { return count_; }
  double max_ms() const { return static_cast<double>(max_us_) / 1000.0; }
  // The latency that `percent` of all records do not exceed; 0 where there are none.
  double percentile_ms(double percent) const;
  // The same; none where there are no records.
  std::optional<double> measured_ms(double percent) const {
    return count_ == 0 ? std::nullopt : std::optional(percentile_ms(percent));
  }

 private:
  static constexpr unsigned kSubBucketBits = 7;
  static constexpr std::size_t kOctaves = 30;  // up to 2^37 microseconds, more than a day

  std::array<std::uint64_t, (kOctaves + 1) << kSubBucketBits> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_us_ = 0;
};

}  // namespace kith::bench
