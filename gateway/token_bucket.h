// A token bucket: `per_minute` tokens, refilled evenly, never more than one minute's worth.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "protocol/ids.h"

namespace kith {

class TokenBucket {
 public:
  using Seconds = std::chrono::duration<double>;

  // `capacity` tokens at the start; one comes back every `refill`.
  TokenBucket(double capacity, Seconds refill, SteadyTime now)
      : capacity_(capacity), refill_(refill), tokens_(capacity), updated_(now) {}

  static TokenBucket per_minute(std::uint32_t count, SteadyTime now) {
    return {static_cast<double>(count), Seconds{60.0 / std::max(1.0, double(count))}, now};
  }

  bool try_take(SteadyTime now) {
    advance(now);
    if (tokens_ < 1.0) return false;
    tokens_ -= 1.0;
    return true;
  }
  // For what is counted after the fact: goes into debt, by one minute's worth at the most, so that
  // many at once are not cheaper than one after the other.
  void charge(SteadyTime now) {
    advance(now);
    tokens_ = std::max(-capacity_, tokens_ - 1.0);
  }
  bool empty(SteadyTime now) {
    advance(now);
    return tokens_ < 1.0;
  }
  // Untouched for so long that forgetting it changes nothing.
  bool full(SteadyTime now) const {
    return tokens_ + Seconds{now - updated_} / refill_ >= capacity_;
  }
  // Until a token is there; zero where one is.
  std::chrono::milliseconds wait(SteadyTime now) {
    advance(now);
    if (tokens_ >= 1.0) return std::chrono::milliseconds{0};
    return std::chrono::ceil<std::chrono::milliseconds>(refill_ * (1.0 - tokens_));
  }

 private:
  void advance(SteadyTime now) {
    if (now <= updated_) return;
    tokens_ = std::min(capacity_, tokens_ + Seconds{now - updated_} / refill_);
    updated_ = now;
  }

  double capacity_;
  Seconds refill_;
  double tokens_;
  SteadyTime updated_;
};

}  // namespace kith
