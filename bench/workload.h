// What the load is made of and when it is due: sizes of messages, shares of commands, the open-loop
// schedule. Pure: no clock, no socket.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"

namespace kith::bench {

// A weighted choice; weights need not sum up to anything.
template <typename Value>
struct Weighted {
  Value value;
  std::uint32_t weight = 1;
};

// Bytes of text of a message: "64", or "64:90,1024:9,16000:1" (bytes:weight).
class PayloadSizes {
 public:
  // Room for the run's mark and the intended time in every message.
  static constexpr std::size_t kBytesMin = 32;
  static constexpr std::size_t kBytesMax = 32'000;

  explicit PayloadSizes(std::size_t bytes = 64) : sizes_{{bytes, 1}}, total_(1) {}
  static Result<PayloadSizes> parse(std::string_view text);
  std::size_t pick(std::uint64_t random) const;

 private:
  std::vector<Weighted<std::size_t>> sizes_;
  std::uint64_t total_;
};

enum class Action : std::uint8_t { send, edit, typing, read, react };
inline constexpr std::array<std::string_view, 5> kActionNames = {"send", "edit", "typing", "read",
                                                                 "react"};

// "send=80,edit=5,typing=10,read=3,react=2"; what is not named does not happen.
class ActionMix {
 public:
  ActionMix() { weights_[0] = total_ = 1; }
  static Result<ActionMix> parse(std::string_view text);
  Action pick(std::uint64_t random) const;
  bool only_sends() const { return weights_[0] == total_; }

 private:
  std::array<std::uint32_t, kActionNames.size()> weights_{};
  std::uint32_t total_ = 0;
};

// Open loop: item i is due at due(i), whatever has become of those before it. The rate rises
// linearly from 0 during `ramp`, so that ramp's half is missing from rate * duration.
struct OpenLoop {
  double per_second = 0;
  std::chrono::nanoseconds duration{};
  std::chrono::nanoseconds ramp{};

  std::uint64_t count() const;
  std::chrono::nanoseconds due(std::uint64_t i) const;
};

// The loopback address, in host order, from which connection `number` comes: 127.0.0.1 for the
// first 8,000, 127.0.0.2 for the next ... One address has 28,000 ports to one peer, and those that
// were closed rest for a minute.
std::uint32_t source_address(std::size_t number);

// SplitMix64 (Steele, Lea, Flood 2014): the same choice for item i in every thread.
std::uint64_t mix_bits(std::uint64_t value);

}  // namespace kith::bench
