// Token buckets of one minute's worth, refilled evenly (PROTOCOL section 7). Exact per shard.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <unordered_map>

#include "protocol/ids.h"

namespace kith {

// One of them. Two live in every session, so it is small.
class MinuteBucket {
 public:
  // Takes one token, or tells how long until there is one.
  std::optional<std::chrono::milliseconds> take(std::uint32_t per_minute, SteadyTime now) {
    refill(per_minute, now);
    if (tokens_ >= 1) {
      tokens_ -= 1;
      return std::nullopt;
    }
    const double wait_ms = (1 - tokens_) * 60'000.0 / per_minute;
    return std::chrono::milliseconds(static_cast<std::int64_t>(wait_ms) + 1);
  }
  bool is_full(std::uint32_t per_minute, SteadyTime now) const {
    MinuteBucket then = *this;
    then.refill(per_minute, now);
    return then.tokens_ >= per_minute;
  }

 private:
  void refill(std::uint32_t per_minute, SteadyTime now) {
    if (last_ == kNotStarted) {
      tokens_ = per_minute;
    } else if (now > last_) {
      const std::chrono::duration<double, std::ratio<60>> minutes = now - last_;
      tokens_ = std::min<double>(per_minute, tokens_ + minutes.count() * per_minute);
    }
    last_ = now;
  }

  static constexpr SteadyTime kNotStarted = SteadyTime::min();

  double tokens_ = 0;
  SteadyTime last_ = kNotStarted;
};

// One bucket per user, forgotten again when it is full. At most `kUsersMax` are kept: with more
// active users than that in one minute the fullest knowledge is lost first, in favour of the user.
class RateLimiter {
 public:
  static constexpr std::size_t kUsersMax = 1'000'000;

  explicit RateLimiter(std::uint32_t per_minute) : per_minute_(per_minute) {}

  std::optional<std::chrono::milliseconds> take(const UserId& user, SteadyTime now) {
    if (per_minute_ == 0) return std::nullopt;
    if (buckets_.size() >= kUsersMax) buckets_.clear();
    return buckets_[user].take(per_minute_, now);
  }
  // Call about once a minute.
  void forget_full(SteadyTime now) {
    std::erase_if(buckets_,
                  [&](const auto& entry) { return entry.second.is_full(per_minute_, now); });
  }
  std::size_t size() const { return buckets_.size(); }

 private:
  std::uint32_t per_minute_;
  std::unordered_map<UserId, MinuteBucket, IdHash> buckets_;
};

}  // namespace kith
