// The reader threads: each has its own connection and takes a few jobs at a time into one snapshot.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/ports/completion_queue.h"
#include "storage/sql_worker.h"
#include "storage/sqlite_connection.h"

namespace kith {

class ReadPool {
 public:
  struct QueuedRead {
    CompletionQueue* shard = nullptr;
    std::unique_ptr<ReadJob> job;
  };
  ReadPool(std::vector<std::unique_ptr<SqliteConnection>> connections, std::size_t jobs_max,
           std::function<void(const std::string&)> on_warning);
  ~ReadPool();  // close()

  enum class Push : std::uint8_t { taken, full, closed };
  Push push(QueuedRead& read);
  // Answers what is queued, then stops the threads and closes their connections.
  void close();

  // Runs `alone` while no reader has a snapshot open: the write-ahead log can start anew.
  template <typename Function>
  void without_readers(Function alone) {
    std::unique_lock lock(mutex_);
    paused_ = true;
    idle_.wait(lock, [this] { return running_ == 0; });
    lock.unlock();
    alone();
    lock.lock();
    paused_ = false;
    lock.unlock();
    wake_.notify_all();
  }

 private:
  void run(std::unique_ptr<SqliteConnection> connection, std::size_t number);
  void answer(SqliteConnection& connection, std::vector<QueuedRead>& reads);

  const std::size_t jobs_max_;
  const std::function<void(const std::string&)> on_warning_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::deque<QueuedRead> queue_;
  std::size_t running_ = 0;
  bool paused_ = false;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace kith
