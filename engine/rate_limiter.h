// Token buckets of one minute's worth, refilled evenly (PROTOCOL section 7). Exact per shard; what
// is taken elsewhere is told now and then (RateLimiter::take_due).
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

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
  // Taken elsewhere. Goes into debt, by a minute's worth at the most.
  void charge(double count, std::uint32_t per_minute, SteadyTime now) {
    refill(per_minute, now);
    tokens_ = std::max(-static_cast<double>(per_minute), tokens_ - count);
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
  // Others hear of a user with every so many-th part of a minute's worth: over n shards on all
  // nodes a user who uses them all at once has up to n - 1 of them more than is allowed.
  static constexpr std::uint32_t kToldParts = 50;

  struct Spent {
    UserId user;
    std::uint64_t count = 0;
  };

  explicit RateLimiter(std::uint32_t per_minute) : per_minute_(per_minute) {}

  std::optional<std::chrono::milliseconds> take(const UserId& user, SteadyTime now) {
    if (per_minute_ == 0) return std::nullopt;
    Bucket& bucket = bucket_of(user);
    if (const auto wait = bucket.tokens.take(per_minute_, now)) return wait;
    if (++bucket.untold * kToldParts >= per_minute_) {
      due_.push_back({.user = user, .count = std::exchange(bucket.untold, 0)});
    }
    return std::nullopt;
  }
  bool is_due() const { return !due_.empty(); }
  // What others are to be told that was taken here.
  std::vector<Spent> take_due() { return std::exchange(due_, {}); }
  // What others have told.
  void charge(const Spent& spent, SteadyTime now) {
    if (per_minute_ == 0) return;
    bucket_of(spent.user).tokens.charge(static_cast<double>(spent.count), per_minute_, now);
  }
  // Call about once a minute.
  void forget_full(SteadyTime now) {
    std::erase_if(buckets_,
                  [&](const auto& entry) { return entry.second.tokens.is_full(per_minute_, now); });
  }
  std::size_t size() const { return buckets_.size(); }

 private:
  struct Bucket {
    MinuteBucket tokens;
    std::uint32_t untold = 0;
  };
  Bucket& bucket_of(const UserId& user) {
    if (buckets_.size() >= kUsersMax) buckets_.clear();
    return buckets_[user];
  }

  std::uint32_t per_minute_;
  std::unordered_map<UserId, Bucket, IdHash> buckets_;
  std::vector<Spent> due_;
};

}  // namespace kith
