// Token buckets by key (an address, an account at an address), for all shards of the process.
// Bounded: past its limit of keys it forgets those whose buckets are full again, and where none is,
// refuses newcomers rather than forget somebody's debt.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/token_bucket.h"
#include "protocol/keyed_hash.h"

namespace kith {

class KeyedLimits {
 public:
  // 0: no limit.
  explicit KeyedLimits(std::uint32_t per_minute, std::size_t keys_max = 100'000)
      : per_minute_(per_minute), keys_max_(keys_max) {}

  // Takes one token; nothing where it was there, else how long until the next one. Any thread.
  std::optional<std::chrono::milliseconds> take(std::string_view key, SteadyTime now);
  // For limits that count failures only: is there a token, without taking it; and a failure.
  std::optional<std::chrono::milliseconds> blocked(std::string_view key, SteadyTime now);
  void charge(std::string_view key, SteadyTime now);

 private:
  TokenBucket* bucket(std::string_view key, SteadyTime now);
  void forget_full(SteadyTime now);

  const std::uint32_t per_minute_;
  const std::size_t keys_max_;
  std::mutex mutex_;
  // Clients choose what is in it: e-mails that nobody has, by the ten thousand.
  std::unordered_map<std::string, TokenBucket, KeyedTextHash, std::equal_to<>> buckets_;
  SteadyTime swept_{};
};

}  // namespace kith
