#include "bench/thread_times.h"

#include <fmt/format.h>

#include <cstdint>
#include <fstream>

namespace kith::bench {

std::optional<ThreadTimes> thread_times(pid_t thread) {
  std::ifstream schedstat(fmt::format("/proc/self/task/{}/schedstat", thread));
  std::uint64_t on_cpu_ns = 0;
  std::uint64_t waited_ns = 0;
  if (!(schedstat >> on_cpu_ns >> waited_ns)) return std::nullopt;
  return ThreadTimes{.on_cpu_s = static_cast<double>(on_cpu_ns) / 1e9,
                     .waited_s = static_cast<double>(waited_ns) / 1e9};
}

}  // namespace kith::bench
