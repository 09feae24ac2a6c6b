#include "gateway/keyed_limits.h"

namespace kith {

namespace {
constexpr std::chrono::milliseconds kFullTableWait{1000};
constexpr std::chrono::seconds kSweepInterval{1};
}  // namespace

std::optional<std::chrono::milliseconds> KeyedLimits::take(std::string_view key, SteadyTime now) {
  if (per_minute_ == 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  TokenBucket* found = bucket(key, now);
  if (found == nullptr) return kFullTableWait;
  if (found->try_take(now)) return std::nullopt;
  return found->wait(now);
}

std::optional<std::chrono::milliseconds> KeyedLimits::blocked(std::string_view key,
                                                              SteadyTime now) {
  if (per_minute_ == 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto found = buckets_.find(key);
  if (found == buckets_.end() || !found->second.empty(now)) return std::nullopt;
  return found->second.wait(now);
}

void KeyedLimits::charge(std::string_view key, SteadyTime now) {
  if (per_minute_ == 0) return;
  const std::lock_guard lock(mutex_);
  if (TokenBucket* found = bucket(key, now)) found->charge(now);
}

TokenBucket* KeyedLimits::bucket(std::string_view key, SteadyTime now) {
  if (const auto found = buckets_.find(key); found != buckets_.end()) return &found->second;
  if (buckets_.size() >= keys_max_) forget_full(now);
  if (buckets_.size() >= keys_max_) return nullptr;
  return &buckets_.emplace(std::string(key), TokenBucket::per_minute(per_minute_, now))
              .first->second;
}

// A sweep costs the whole table, so it is not done more often than it can free anything.
void KeyedLimits::forget_full(SteadyTime now) {
  if (swept_ != SteadyTime{} && now - swept_ < kSweepInterval) return;
  swept_ = now;
  std::erase_if(buckets_, [now](const auto& entry) { return entry.second.full(now); });
}

}  // namespace kith
