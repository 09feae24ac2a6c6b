// Virtual time: what is due, in the order of its time, and where that is equal in the order in
// which it was asked for.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/ports/callback.h"
#include "tests/simulation/random.h"

namespace kith::simulation {

class Scheduler {
 public:
  Time now() const { return now_; }

  void at(Time time, Task task) {
    due_.push_back({std::max(time, now_), ++serial_, std::move(task)});
    std::push_heap(due_.begin(), due_.end(), later);
  }
  void after(Time time, Task task) { at(now_ + time, std::move(task)); }

  // Everything up to and including `end`; then it is `end`.
  void run_until(Time end) {
    while (!due_.empty() && due_.front().time <= end) {
      std::pop_heap(due_.begin(), due_.end(), later);
      Due next = std::move(due_.back());
      due_.pop_back();
      now_ = next.time;
      ++ran_;
      next.task();
    }
    now_ = end;
  }
  std::uint64_t ran() const { return ran_; }

 private:
  struct Due {
    Time time{};
    std::uint64_t serial = 0;
    Task task;
  };
  static bool later(const Due& one, const Due& other) {
    return one.time != other.time ? one.time > other.time : one.serial > other.serial;
  }

  Time now_{};
  std::uint64_t serial_ = 0;
  std::uint64_t ran_ = 0;
  std::vector<Due> due_;
};

}  // namespace kith::simulation
