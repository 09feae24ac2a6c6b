#include "bench/descriptors.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <stdexcept>

#include "bench/report_text.h"

namespace kith::bench {

void allow_descriptors(std::size_t connections) {
  constexpr std::size_t kSpareDescriptors = 64;
  const rlim_t wanted = connections + kSpareDescriptors;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) throw std::runtime_error("no limit of descriptors");
  if (limit.rlim_cur >= wanted) return;
  const rlimit raised{.rlim_cur = wanted,
                      .rlim_max = std::max(limit.rlim_max, wanted)};  // root may
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return;
  // What it has is the hard limit: up to that it would have gone by itself.
  throw std::runtime_error(fmt::format(
      "{} connections need {} file descriptors, and this process may have {} (`ulimit -Hn`): "
      "raise that as root with `ulimit -n {}` (above `sysctl fs.nr_open` that first), or take "
      "fewer --connections",
      grouped(connections), grouped(wanted), grouped(limit.rlim_max), wanted));
}

}  // namespace kith::bench
