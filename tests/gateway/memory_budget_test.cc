// Near its memory budget the process gives up what can be had back (memory_budget.h).
#include "gateway/memory_budget.h"

#include <doctest/doctest.h>
#include <sys/mman.h>

#include <chrono>
#include <cstring>

namespace kith {
namespace {

using namespace std::chrono_literals;
using Pressure = MemoryBudget::Pressure;

const SteadyTime kNow = std::chrono::steady_clock::now();

TEST_CASE("without a budget there is no pressure") {
  MemoryBudget memory(0);
  CHECK(memory.look(kNow) == Pressure::none);
  CHECK_FALSE(memory.is_tight());
  CHECK(MemoryBudget::resident_bytes() > 1024 * 1024);
}

TEST_CASE("tight from 80 % of the budget, critical from 90") {
  const std::uint64_t resident = MemoryBudget::resident_bytes();
  MemoryBudget roomy(resident * 4);
  CHECK(roomy.look(kNow) == Pressure::none);
  CHECK_FALSE(roomy.is_tight());
  CHECK(roomy.excess_bytes() == 0);
  MemoryBudget tight(resident * 100 / 85);
  CHECK(tight.look(kNow) == Pressure::tight);
  CHECK(tight.is_tight());
  CHECK(tight.excess_bytes() > 0);
  MemoryBudget full(resident);
  CHECK(full.look(kNow) == Pressure::critical);
  CHECK(full.is_tight());
}

TEST_CASE("it stays tight until there is room again, and then is not") {
  constexpr std::size_t kBytes = 256 * 1024 * 1024;
  // Not from the allocator, which under a sanitizer keeps what is freed.
  void* ballast = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(ballast != MAP_FAILED);
  std::memset(ballast, 'x', kBytes);
  const std::uint64_t resident = MemoryBudget::resident_bytes();
  MemoryBudget memory(resident * 100 / 85);
  CHECK(memory.look(kNow) == Pressure::tight);
  munmap(ballast, kBytes);
  memory.give_back(kNow + 1s);
  CHECK(memory.look(kNow) == Pressure::tight);  // not looked at again so soon
  CHECK(memory.look(kNow + 2s) == Pressure::none);
  CHECK_FALSE(memory.is_tight());
}

}  // namespace
}  // namespace kith
