// What the ways out of the server count, as the metrics read it.
#pragma once

#include <cstdint>

namespace kith {

struct LaneStats {
  bool configured = false;
  std::uint64_t sent = 0;
  std::uint64_t failed = 0;   // attempts that are tried again
  std::uint64_t dead = 0;     // given up
  std::uint64_t dropped = 0;  // the user had a socket
  std::uint64_t moot = 0;     // read meanwhile, or the account is gone
  std::uint32_t waiting = 0;  // gauge: rows of the outbox, of all nodes; at most kOutboxCountMax
  std::uint32_t dead_kept = 0;
};

struct OutgoingStats {
  LaneStats web_hook;
  LaneStats email;
};

}  // namespace kith
