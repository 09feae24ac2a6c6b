// How long until something is tried again: doubled each time, with jitter, so that what failed
// together does not come back together.
#pragma once

#include <chrono>
#include <cstdint>

namespace kith {

inline constexpr std::chrono::seconds kRetryDelayMax{3600};

// `attempt` is the one that failed: 1, 2, ... `random` is uniform over all 64 bits. Between half of
// the delay and all of it.
inline std::chrono::milliseconds retry_delay(std::chrono::seconds first, std::uint32_t attempt,
                                             std::uint64_t random) {
  std::chrono::milliseconds delay = first;
  for (std::uint32_t i = 1; i < attempt && delay < kRetryDelayMax; ++i) delay *= 2;
  if (delay > kRetryDelayMax) delay = kRetryDelayMax;
  const auto half = static_cast<std::uint64_t>(delay.count()) / 2;
  return std::chrono::milliseconds(static_cast<std::int64_t>(half + random % (half + 1)));
}

}  // namespace kith
