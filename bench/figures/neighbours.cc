#include "bench/figures/neighbours.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <utility>

#include "bench/figures/process.h"

namespace kith::figures {
namespace {

std::optional<MachineTimes> machine_now() {
  return machine_times(read_file("/proc/stat"), static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// CPU of this process and of all children that have been waited for.
double own_now() {
  double sum = 0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    ::getrusage(who, &usage);
    sum += seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  return sum;
}

}  // namespace

std::optional<MachineTimes> machine_times(std::string_view stat, double ticks_per_second) {
  std::istringstream line{std::string(stat.substr(0, stat.find('\n')))};
  std::string name;
  // user, nice, system, idle, iowait, irq, softirq, steal
  std::array<double, 8> ticks{};
  line >> name;
  for (double& field : ticks) line >> field;
  if (!line || name != "cpu") return std::nullopt;
  MachineTimes times{.busy = ticks[0] + ticks[1] + ticks[2], .stolen = ticks[7]};
  for (const double field : ticks) times.total += field / ticks_per_second;
  times.busy /= ticks_per_second;
  times.stolen /= ticks_per_second;
  return times;
}

Neighbours::Watch::Watch(Neighbours& neighbours)
    : neighbours_(neighbours), machine_(machine_now()), own_s_(own_now()) {}

Neighbours::Watch::~Watch() {
  const auto now = machine_now();
  if (!now || !machine_ || now->total <= machine_->total) return;
  const double busy = now->busy - machine_->busy + now->stolen - machine_->stolen;
  const double others = std::max(0.0, busy - (own_now() - own_s_));
  neighbours_.percents_.push_back(100 * others / (now->total - machine_->total));
}

std::vector<double> Neighbours::take_percents() {
  return std::exchange(percents_, {});
}

}  // namespace kith::figures
