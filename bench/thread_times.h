// What the scheduler has given a thread of this process, and what it has kept from it.
#pragma once

#include <sys/types.h>

#include <optional>

namespace kith::bench {

struct ThreadTimes {
  double on_cpu_s = 0;
  double waited_s = 0;  // it could have run, and others had its core
};

// Since the thread began (Documentation/scheduler/sched-stats.rst). None: there is no such thread,
// or the kernel keeps no count.
std::optional<ThreadTimes> thread_times(pid_t thread);

}  // namespace kith::bench
