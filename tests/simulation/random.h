// The simulation's dice. Nothing of the standard library's distributions: their results differ
// between libraries, and a seed must mean the same life everywhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kith::simulation {

// Virtual time since the life began.
using Time = std::chrono::microseconds;

// splitmix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return mix(state_ += 0x9E37'79B9'7F4A'7C15); }
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + below(most - least + 1);
  }
  std::uint32_t small(std::uint32_t least, std::uint32_t most) {
    return static_cast<std::uint32_t>(between(least, most));
  }
  Time time(Time least, Time most) {
    return least + Time{static_cast<std::int64_t>(
                       below(static_cast<std::uint64_t>((most - least).count()) + 1))};
  }
  bool chance(std::uint32_t of_1000) { return next() % 1000 < of_1000; }

  // A stream of its own: whoever draws from it changes nobody else's dice.
  Random fork(std::uint64_t label) const { return Random(mix(state_ ^ mix(label + 1))); }

 private:
  static std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xBF58'476D'1CE4'E5B9;
    value = (value ^ (value >> 27)) * 0x94D0'49BB'1331'11EB;
    return value ^ (value >> 31);
  }

  std::uint64_t state_;
};

}  // namespace kith::simulation
