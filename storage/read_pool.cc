#include "storage/read_pool.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "engine/ports/for_all.h"
#include "protocol/failpoint.h"

namespace kith {
namespace {

// Taken at once by one reader: enough to share a snapshot and a wake-up in a storm, few enough that
// nobody waits for long behind others.
constexpr std::size_t kReadsAtOnce = 16;

struct Answers {
  std::vector<std::unique_ptr<ReadJob>> jobs;
  void operator()() {
    for_all(jobs, [](std::unique_ptr<ReadJob>& job) { job->finish(); });
  }
};

}  // namespace

void refuse(QueuedRead read, const Error& error) {
  read.job->fail(error);
  std::vector<Task> tasks;
  tasks.emplace_back([job = std::move(read.job)] { job->finish(); });
  read.shard->post(std::move(tasks));
}

ReadPool::ReadPool(std::vector<std::unique_ptr<SqlConnection>> connections, std::size_t jobs_max,
                   std::function<void(const std::string&)> on_warning)
    : jobs_max_(jobs_max), on_warning_(std::move(on_warning)) {
  std::size_t number = 0;
  for (auto& connection : connections) {
    threads_.emplace_back(
        [this, number, mine = std::move(connection)]() mutable { run(std::move(mine), number); });
    ++number;
  }
}

ReadPool::~ReadPool() {
  close();
}

ReadPool::Push ReadPool::push(QueuedRead& read) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Push::closed;
    if (queue_.size() >= jobs_max_) return Push::full;
    queue_.push_back(std::move(read));
  }
  wake_.notify_one();
  return Push::taken;
}

void ReadPool::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void ReadPool::run(std::unique_ptr<SqlConnection> connection, std::size_t number) {
  pthread_setname_np(pthread_self(), ("store-read-" + std::to_string(number)).c_str());
  std::vector<QueuedRead> reads;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !paused_ && (closed_ || !queue_.empty()); });
      if (queue_.empty()) return;
      // A fair share, so that the other readers have something to do.
      const std::size_t share = (queue_.size() + threads_.size() - 1) / threads_.size();
      for (std::size_t i = std::min(share, kReadsAtOnce); i > 0; --i) {
        reads.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
      ++running_;
    }
    answer(*connection, reads);
    reads.clear();
    {
      const std::lock_guard lock(mutex_);
      --running_;
    }
    idle_.notify_all();
  }
}

bool ReadPool::run_job(SqlConnection& connection, QueuedRead& read, std::string& failure) {
  // A look at the heads asks how far it may be trusted before it asks what there is.
  const bool one = read.kind != StoreRead::heads;
  if (connection.in_transaction() && !one) connection.commit();
  if (!connection.in_transaction()) {
    connection.begin_read(one ? SqlConnection::Snapshot::one
                              : SqlConnection::Snapshot::each_statement);
  }
  try {
    KITH_FAILPOINT("store_read");
    read.job->run(connection);
  } catch (const std::exception& error) {
    failure = error.what();  // a bug of ours, or there is no memory: this read has failed
  }
  if (connection.in_transaction() && !one) connection.commit();
  const bool lost = connection.failure() && connection.failure()->kind == SqlFailureKind::lost;
  if (connection.failure()) failure = connection.failure()->text;
  if (failure.empty()) return true;
  connection.clear_failure();
  if (connection.in_transaction()) connection.rollback();
  connection.clear_failure();
  return !lost;
}

void ReadPool::answer(SqlConnection& connection, std::vector<QueuedRead>& reads) {
  for (QueuedRead& read : reads) {
    std::string failure;
    // A connection that has been lost shows with the next read, which then finds a new one.
    if (!run_job(connection, read, failure)) {
      failure.clear();
      run_job(connection, read, failure);
    }
    if (failure.empty()) continue;
    if (on_warning_) on_warning_("a read failed: " + failure);
    read.job->fail(Error{.code = ErrorCode::unavailable,
                         .message = "the store cannot read",
                         .retry_after = std::chrono::seconds(1)});
  }
  if (connection.in_transaction()) connection.commit();
  connection.clear_failure();
  while (!reads.empty()) {
    CompletionQueue* const shard = reads.front().shard;
    const auto others = std::stable_partition(
        reads.begin(), reads.end(), [shard](const QueuedRead& r) { return r.shard == shard; });
    Answers answers;
    for (auto at = reads.begin(); at != others; ++at) answers.jobs.push_back(std::move(at->job));
    reads.erase(reads.begin(), others);
    std::vector<Task> tasks;
    tasks.emplace_back(std::move(answers));
    shard->post(std::move(tasks));
  }
}

}  // namespace kith
