// What the ways out of the server count, as the metrics read it.
#pragma once

#include <chrono>
#include <cstdint>

namespace kith {

inline constexpr std::chrono::seconds kVerdictLate{10};

struct LaneStats {
  bool configured = false;
  std::uint64_t sent = 0;
  std::uint64_t failed = 0;   // attempts that are tried again
  std::uint64_t dead = 0;     // given up
  std::uint64_t dropped = 0;  // the user had a socket
  std::uint64_t moot = 0;     // read meanwhile, or the account is gone
  std::uint32_t waiting = 0;  // gauge: rows of the outbox, of all nodes; at most kOutboxCountMax
  std::uint32_t dead_kept = 0;
  // Of the content filter.
  std::uint64_t hidden = 0;  // verdicts that hide
  std::uint64_t late = 0;    // verdicts later than kVerdictLate
  std::uint64_t lag_ms = 0;  // of all verdicts together, from the message on
};

struct OutgoingStats {
  LaneStats web_hook;
  LaneStats email;
  LaneStats content_filter;
};

}  // namespace kith
