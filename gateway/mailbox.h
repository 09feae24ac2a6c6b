// A shard's mailbox: how other threads give it work, with one wake-up per batch (ARCHITECTURE 2.1).
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <mutex>
#include <vector>

#include "engine/ports/completion_queue.h"

namespace kith {

class Mailbox final : public CompletionQueue {
 public:
  // `before_tasks` runs on the shard ahead of every slice of a batch: it begins the turn.
  Mailbox(boost::asio::io_context& io, std::function<void()> before_tasks)
      : io_(io), before_tasks_(std::move(before_tasks)) {}

  void post(std::vector<Task> tasks) override;
  // On the shard: runs what waits, for a bounded time.
  void drain();
  // From here on tasks are destroyed without being run; what waits is destroyed now. On the shard,
  // after its io_context has stopped.
  void close();

 private:
  void wake();
  bool more_came();

  boost::asio::io_context& io_;
  std::function<void()> before_tasks_;
  std::atomic<bool> waking_ = false;  // a handler that will drain is on its way
  std::mutex mutex_;
  std::vector<Task> tasks_;  // guarded by mutex_
  bool closed_ = false;      // guarded by mutex_
  std::vector<Task> batch_;  // the shard's own: done up to next_
  std::size_t next_ = 0;
};

}  // namespace kith
