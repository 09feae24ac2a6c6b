// What PROTOCOL section 2 owes to who resumes in the same epoch.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kith::test {

// Whether all that was missed must be replayed: fewer than 1,000 events, that take less than 1 MiB
// however they are counted. `text_bytes`: of the longest message.
inline bool replay_is_owed(std::uint64_t from, std::uint64_t head, std::size_t text_bytes) {
  constexpr std::uint64_t kEvents = 1000;
  constexpr std::uint64_t kBytes = 1024 * 1024;
  constexpr std::uint64_t kBesideText = 500;
  if (head < from) return false;  // acked numbers are gone: the checker's to say
  const std::uint64_t missed = head - from;
  return missed < kEvents && missed * (kBesideText + 2 * text_bytes) <= kBytes;
}

}  // namespace kith::test
