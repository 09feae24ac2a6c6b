// Waiting for what nothing tells of but another look.
#pragma once

#include <chrono>
#include <thread>

namespace kith::test {

// Looks until it holds; false: it did not by the deadline, which is for the caller to call a
// failure by its name. The last look is behind the deadline: a machine that stood still in between
// has missed nothing.
template <typename Look>
[[nodiscard]] bool await_condition(std::chrono::steady_clock::time_point deadline,
                                   std::chrono::milliseconds every, const Look& look) {
  for (;;) {
    const bool last = std::chrono::steady_clock::now() >= deadline;
    if (look()) return true;
    if (last) return false;
    std::this_thread::sleep_for(every);
  }
}

}  // namespace kith::test
