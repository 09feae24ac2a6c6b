// Which sessions of a shard have something to write (ARCHITECTURE section 5: at the end of the
// turn, one write each).
//
// What a crowd of ten thousand is told takes a tenth of a second to write. So that nobody else
// waits for that, a turn writes for kFlushMax to those who have come to have something to say in
// it, and for as long again to those who are left from earlier turns, in their order. Who stays in
// the queue gathers what is said meanwhile, and writes all of it at once.
//
// 10,000 who are told something, on one core: the p99 of bystanders was 76 ms, and is 34.
#pragma once

#include <chrono>
#include <deque>
#include <vector>

#include "protocol/ids.h"

namespace kith {

// Session: flush(), hold_chunk(), expect_write(). Each is in the queue once at most, and stays
// alive while it is.
template <typename Session>
class FlushQueue {
 public:
  static constexpr auto kFlushMax = std::chrono::milliseconds(16);

  void add(Session* session) { fresh_.push_back(session); }
  // Some are left for the next turn, which then must not wait for anything else.
  bool waiting() const { return !older_.empty() || at_ < fresh_.size(); }
  void clear() {
    fresh_.clear();
    older_.clear();
    at_ = 0;
  }

  // `now` gives a SteadyTime. Writing makes room, and what is then added for a session that is
  // caught up goes out in the same turn, as far as its socket takes it. Whose flush() throws has
  // left the queue, the others go with the next call.
  template <typename Clock>
  void flush(const Clock& now) {
    const SteadyTime begun = now();
    write_fresh(now, begun + kFlushMax);
    const std::size_t before = older_.size();
    put_off();
    if (before > 0) write_older(now, before);
  }
  // All who wait: the engine is about to forget its chunks (SessionSink::write_shared).
  void hold_chunks() {
    put_off();
    for (Session* session : older_) session->hold_chunk();
  }

 private:
  // A look at the clock costs what a hundredth of a write does.
  static constexpr std::size_t kWritesPerLook = 16;

  void put_off() {
    older_.insert(older_.end(), fresh_.begin() + static_cast<std::ptrdiff_t>(at_), fresh_.end());
    fresh_.clear();
    at_ = 0;
  }
  template <typename Clock>
  void write_fresh(const Clock& now, SteadyTime until) {
    for (std::size_t written = 0; at_ < fresh_.size(); ++written) {
      if (written % kWritesPerLook == kWritesPerLook - 1 && now() >= until) return;
      Session* session = fresh_[at_++];
      if (at_ < fresh_.size()) fresh_[at_]->expect_write();
      session->flush();
    }
  }
  template <typename Clock>
  void write_older(const Clock& now, std::size_t count) {
    const SteadyTime until = now() + kFlushMax;
    for (std::size_t written = 0; written < count; ++written) {
      if (written % kWritesPerLook == kWritesPerLook - 1 && now() >= until) return;
      Session* session = older_.front();
      older_.pop_front();
      if (!older_.empty()) older_.front()->expect_write();
      session->flush();
    }
  }

  std::vector<Session*> fresh_;
  std::size_t at_ = 0;  // of fresh_: those before it have been written
  std::deque<Session*> older_;
};

}  // namespace kith
