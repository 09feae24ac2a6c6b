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
#include "storage/sql_connection.h"
#include "storage/sql_handle.h"

namespace kith {

struct QueuedRead {
  CompletionQueue* shard = nullptr;
  StoreRead kind = StoreRead::chats;
  std::unique_ptr<ReadJob> job;
};
// Answers a read with an error, on its shard.
void refuse(QueuedRead read, const Error& error);

class ReadPool {
 public:
  ReadPool(std::vector<std::unique_ptr<SqlConnection>> connections, std::size_t jobs_max,
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
  void run(std::unique_ptr<SqlConnection> connection, std::size_t number);
  void answer(SqlConnection& connection, std::vector<QueuedRead>& reads);
  // False: the connection's failure, which is cleared, stands in `failure`.
  bool run_job(SqlConnection& connection, QueuedRead& read, std::string& failure);

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
