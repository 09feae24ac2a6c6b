// What waits for the writer thread, in the order in which it came, and within limits.
//
// Thread: any; take() by the writer alone.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

#include "engine/ports/completion_queue.h"
#include "storage/append_job.h"
#include "storage/sqlite_connection.h"

namespace kith {

// Jobs of one shard, in its order. Moved as a whole: a message is not touched on its way.
struct Submission {
  CompletionQueue* shard = nullptr;
  std::vector<QueuedWrite> jobs;
  std::size_t bytes = 0;
};
using AloneJob = UniqueFunction<void(SqliteConnection&)>;

// What one is told whose job the queue did not take.
Error not_taken(bool closed);
// Answers a submission with an error, on its shard.
void refuse(Submission submission, const Error& error);
// Answers what has been run: each shard's jobs in their order. Leaves `batch` empty.
void hand_over(std::vector<Submission>& batch);

class WriteQueue {
 public:
  struct Limits {
    std::size_t jobs_max = 0;
    std::size_t bytes_max = 0;
  };
  explicit WriteQueue(Limits limits) : limits_(limits) {}

  // False, and `submission` as it was: full, or closed.
  enum class Push : std::uint8_t { taken, full, closed };
  Push push(Submission& submission);
  // False: closed. Runs between two transactions.
  bool push_alone(AloneJob job);

  struct Taken {
    std::vector<Submission> submissions;  // jobs_max jobs altogether at the most
    std::vector<AloneJob> alone;
    bool closed = false;  // nothing is queued and nothing will be
  };
  // Waits until there is something to do, until `deadline`, or until it is closed.
  Taken take(std::size_t jobs_max, std::chrono::steady_clock::time_point deadline);
  void close();
  // True: it was closed before that time.
  bool await_close(std::chrono::steady_clock::time_point deadline);

  std::size_t jobs() const;

 private:
  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable closing_;
  std::deque<Submission> submissions_;
  std::vector<AloneJob> alone_;
  std::size_t jobs_ = 0;
  std::size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace kith
