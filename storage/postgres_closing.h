// That a store is closing, for its threads that wait for a server which may never answer: from then
// on a silence is borne for kPatience and no longer, and whoever has met one does not connect
// again. A server that answers is not hurried: what was queued is still committed.
//
// Thread: any.
#pragma once

#include <atomic>
#include <chrono>

namespace kith {

class PostgresClosing {
 public:
  using Clock = std::chrono::steady_clock;
  // More than a lock is waited for (PostgresPool), so that such a wait still ends in an answer.
  static constexpr std::chrono::milliseconds kPatience{1'200};

  PostgresClosing();  // throws where the process has no descriptor left
  ~PostgresClosing();
  PostgresClosing(const PostgresClosing&) = delete;
  PostgresClosing& operator=(const PostgresClosing&) = delete;

  void begin();
  bool begun() const { return begun_; }
  int descriptor() const { return descriptor_; }  // readable from then on

 private:
  std::atomic<bool> begun_ = false;
  const int descriptor_;
};

}  // namespace kith
