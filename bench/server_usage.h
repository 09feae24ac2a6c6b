// What a server process on this machine uses, read from /proc: CPU time with the storage threads
// (named "store…") apart, and resident memory.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>

#include "protocol/result.h"

namespace kith::bench {

struct ProcessUsage {
  double cpu_s = 0;  // since the process began; all threads but the store's
  double store_cpu_s = 0;
  std::uint64_t rss_bytes = 0;
};

// bad_request: no such process (or one that has ended and was not waited for), or not ours to look
// at. Threads that have ended are not counted, so only differences over a time in which none ends
// mean something.
Result<ProcessUsage> process_usage(pid_t pid);

// The TCP ports that it listens on, as it sees them: of its own network namespace. None where its
// sockets are not ours to look at.
std::optional<std::set<std::uint16_t>> listening_ports(pid_t pid);

}  // namespace kith::bench
