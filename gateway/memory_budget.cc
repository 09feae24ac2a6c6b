#include "gateway/memory_budget.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>

#include "gateway/log.h"

namespace kith {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kTightPercent = 80;
constexpr std::uint64_t kEasedPercent = 70;
constexpr std::uint64_t kCriticalPercent = 90;
constexpr auto kLookInterval = 5ms;
// It walks through all that is free, with the allocator's locks held.
constexpr auto kGiveBackInterval = 100ms;

}  // namespace

// The second number of proc(5)'s statm, in pages; 0 where there is no /proc.
std::uint64_t MemoryBudget::resident_bytes() {
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::array<char, 128> text{};
  const ssize_t got = read(file, text.data(), text.size() - 1);
  close(file);
  if (got <= 0) return 0;
  char* rest = nullptr;
  std::strtoull(text.data(), &rest, 10);
  static const auto page_bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return std::strtoull(rest, nullptr, 10) * page_bytes;
}

MemoryBudget::Pressure MemoryBudget::look(SteadyTime now) {
  if (bytes_ == 0) return Pressure::none;
  const std::lock_guard lock(mutex_);
  if (now - looked_ >= kLookInterval) {
    looked_ = now;
    note(resident_bytes());
  }
  return pressure_;
}

void MemoryBudget::note(std::uint64_t resident) {
  const std::uint64_t percent = resident * 100 / bytes_;
  const bool was_tight = pressure_ != Pressure::none;
  const bool tight = percent >= (was_tight ? kEasedPercent : kTightPercent);
  pressure_ = percent >= kCriticalPercent ? Pressure::critical
              : tight                     ? Pressure::tight
                                          : Pressure::none;
  tight_.store(tight, std::memory_order_relaxed);
  if (tight == was_tight) return;
  log_event(LogLevel::warn, tight ? "memory.tight" : "memory.eased",
            {{"resident_bytes", resident}, {"budget_bytes", bytes_}});
}

std::uint64_t MemoryBudget::excess_bytes() const {
  const std::uint64_t resident = resident_bytes();
  const std::uint64_t wanted = bytes_ / 100 * kEasedPercent;
  return resident > wanted ? resident - wanted : 0;
}

void MemoryBudget::give_back(SteadyTime now) {
  {
    const std::lock_guard lock(mutex_);
    if (now - gave_back_ < kGiveBackInterval) return;
    gave_back_ = now;
  }
  malloc_trim(0);
}

}  // namespace kith
