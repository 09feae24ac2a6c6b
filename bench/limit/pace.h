// Messages that come at a rate, into a loop that commits in groups: whatever is due by now, at most
// one batch. Latency counts from when a message was due. One thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

namespace kith::limit {

class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  // `per_s` 0: a whole batch is due at any time. The clock starts here.
  Pace(double per_s, std::int64_t batch) : per_s_(per_s), batch_(batch) {}

  double elapsed_s() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  // How many are due. Where none is, waits for the next first, but not for longer than 10 ms, so
  // that a loop sees its own end.
  std::int64_t due() const {
    if (per_s_ <= 0) return batch_;
    const auto so_far = static_cast<std::int64_t>(elapsed_s() * per_s_);
    const std::int64_t count = std::clamp<std::int64_t>(so_far - taken_, 0, batch_);
    if (count == 0) {
      const double wait_s = std::min(due_s(taken_ + 1) - elapsed_s(), 0.01);
      std::this_thread::sleep_for(std::chrono::duration<double>(wait_s));
    }
    return count;
  }

  // So many have been committed: how late each was, in microseconds, where there is a rate.
  void committed(std::int64_t count, std::vector<double>& acks_us) {
    const double now_s = elapsed_s();
    for (std::int64_t i = 1; per_s_ > 0 && i <= count; ++i) {
      acks_us.push_back((now_s - due_s(taken_ + i)) * 1e6);
    }
    taken_ += count;
  }

 private:
  double due_s(std::int64_t number) const { return static_cast<double>(number) / per_s_; }

  const double per_s_;
  const std::int64_t batch_;
  const Clock::time_point start_ = Clock::now();
  std::int64_t taken_ = 0;
};

}  // namespace kith::limit
