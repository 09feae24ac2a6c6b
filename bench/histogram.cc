#include "bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace kith::bench {
namespace {

unsigned shift_of(std::uint64_t value, unsigned sub_bucket_bits) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  return width > sub_bucket_bits + 1 ? width - sub_bucket_bits - 1 : 0;
}

}  // namespace

void Histogram::record(std::chrono::nanoseconds latency) {
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(0, latency.count() / 1000));
  const unsigned shift = shift_of(us, kSubBucketBits);
  const std::size_t index = (std::size_t{shift} << kSubBucketBits) + (us >> shift);
  ++buckets_[std::min(index, buckets_.size() - 1)];
  ++count_;
  max_us_ = std::max(max_us_, us);
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_us_ = std::max(max_us_, other.max_us_);
}

double Histogram::percentile_ms(double percent) const {
  if (count_ == 0) return 0;
  const auto rank = static_cast<std::uint64_t>(
      std::max(1.0, std::ceil(percent / 100.0 * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen < rank) continue;
    // The highest value that falls into the bucket, but never more than what was really seen.
    const std::size_t octave = i >> kSubBucketBits;
    const unsigned shift = octave == 0 ? 0U : static_cast<unsigned>(octave - 1);
    const std::uint64_t low = (i - (std::size_t{shift} << kSubBucketBits)) << shift;
    const std::uint64_t high = low + (std::uint64_t{1} << shift) - 1;
    return static_cast<double>(std::min(high, max_us_)) / 1000.0;
  }
  return max_ms();
}

}  // namespace kith::bench
