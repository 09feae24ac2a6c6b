// Spans of time in which what was due is looked at by itself, however late it comes: a storm, a
// broadcast. What merely came in them would leave out the latest, and calm beside them would
// flatter.
//
// open() and close() by one thread, in turn and with times that grow; hold() from any.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <vector>

namespace kith::bench {

class DueWindows {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void open(Time from) {
    const std::lock_guard lock(mutex_);
    windows_.push_back({.from = from});
    any_ = true;
  }
  void close(Time to) {
    const std::lock_guard lock(mutex_);
    windows_.back().to = to;
  }
  bool hold(Time due) const {
    if (!any_) return false;  // most runs have none, and ask for every delivery
    const std::lock_guard lock(mutex_);
    // Nearly always it is the last one.
    for (auto window = windows_.rbegin(); window != windows_.rend(); ++window) {
      if (due >= window->from) return due < window->to;
    }
    return false;
  }

 private:
  struct Window {
    Time from;
    Time to = Time::max();  // open
  };

  std::atomic<bool> any_{false};
  mutable std::mutex mutex_;
  std::vector<Window> windows_;
};

}  // namespace kith::bench
