#include "storage/store_counts.h"

#include <algorithm>

namespace kith {
namespace {

constexpr std::array<std::size_t, 6> kSizes{1, 4, 16, 64, 256, 1024};
constexpr std::array<double, 8> kSeconds{.001, .002, .005, .010, .020, .050, .100, .500};

template <std::size_t kCount, typename Value, std::size_t kBounds>
void count_in(std::array<std::uint64_t, kCount>& buckets, const std::array<Value, kBounds>& bounds,
              Value value) {
  static_assert(kCount == kBounds + 1);
  const auto at = std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin();
  ++buckets[static_cast<std::size_t>(at)];
}

template <typename Counts>
void add_each(Counts& sum, const Counts& counts) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += counts[i];
}

}  // namespace

void count_commit(StorageStats& stats, const CommittedBatch& batch) {
  ++stats.commits;
  stats.committed_messages += batch.messages;
  stats.committed_jobs += batch.jobs;
  stats.commit_seconds_sum += batch.took.count();
  count_in(stats.batch_size_buckets, kSizes, batch.messages + batch.jobs);
  count_in(stats.commit_latency_buckets, kSeconds, batch.took.count());
}

void add_counts(StorageStats& sum, const StorageStats& writer) {
  sum.commits += writer.commits;
  sum.committed_messages += writer.committed_messages;
  sum.committed_jobs += writer.committed_jobs;
  sum.rolled_back_batches += writer.rolled_back_batches;
  sum.careful_batches += writer.careful_batches;
  sum.commit_seconds_sum += writer.commit_seconds_sum;
  add_each(sum.batch_size_buckets, writer.batch_size_buckets);
  add_each(sum.commit_latency_buckets, writer.commit_latency_buckets);
  sum.healthy = sum.healthy && writer.healthy;
}

}  // namespace kith
