#include "storage/sql_worker.h"

#include <pthread.h>

#include <array>
#include <atomic>
#include <future>
#include <thread>

#include "storage/read_pool.h"
#include "storage/sql_writer.h"
#include "storage/write_queue.h"

namespace kith {
class SqlWorker::Impl {
 public:
  Impl(std::unique_ptr<SqliteConnection> writer,
       std::vector<std::unique_ptr<SqlConnection>> readers, Options options)
      : options_(std::move(options)),
        queue_({.jobs_max = options_.queue_messages_max, .bytes_max = options_.queue_bytes_max}),
        readers_(std::move(readers), options_.queue_messages_max, options_.on_warning),
        writer_(std::move(writer), options_, queue_, readers_),
        thread_([this] {
          pthread_setname_np(pthread_self(), "store-write");
          writer_.run();
        }) {}
  ~Impl() { close(); }

  void close() {
    const std::lock_guard lock(close_mutex_);
    queue_.close();
    readers_.close();
    if (!thread_.joinable()) return;
    thread_.join();
    writer_.finish();
  }

  const Options options_;
  WriteQueue queue_;
  ReadPool readers_;
  SqlWriter writer_;
  std::atomic<std::uint64_t> refused_ = 0;
  std::array<std::atomic<std::uint64_t>, kStoreReadNames.size()> reads_{};  // by StoreRead
  std::mutex close_mutex_;
  std::thread thread_;  // last: it uses the others
};

SqlWorker::SqlWorker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqlWorker::~SqlWorker() = default;

Result<std::unique_ptr<SqlWorker>> SqlWorker::start(std::unique_ptr<SqliteConnection> writer,
                                                    Options options) {
  std::vector<std::unique_ptr<SqlConnection>> readers;
  for (std::uint32_t i = 0; i < std::max(options.reader_threads, 1U); ++i) {
    auto reader = SqliteConnection::open(options.path, SqliteConnection::Mode::read);
    if (!reader) return reader.error();
    readers.push_back(std::move(*reader));
  }
  return std::unique_ptr<SqlWorker>(new SqlWorker(
      std::make_unique<Impl>(std::move(writer), std::move(readers), std::move(options))));
}

std::unique_ptr<SqlWorker::Handle> SqlWorker::handle(CompletionQueue& completions) {
  return std::make_unique<Handle>(*impl_, completions);
}

Status SqlWorker::run_alone(UniqueFunction<Status(SqliteConnection&)> job) {
  std::promise<Status> promise;
  auto outcome = promise.get_future();
  const bool taken =
      impl_->queue_.push_alone([&](SqliteConnection& db) { promise.set_value(job(db)); });
  if (!taken) return not_taken(true);
  return outcome.get();
}

void SqlWorker::close() {
  impl_->close();
}

StorageStats SqlWorker::stats() const {
  StorageStats stats = impl_->writer_.stats();
  stats.refused_jobs = impl_->refused_;
  for (std::size_t i = 0; i < stats.reads.size(); ++i) stats.reads[i] = impl_->reads_[i];
  stats.queued_jobs = impl_->queue_.jobs();
  return stats;
}

SqlWorker::Handle::Handle(Impl& impl, CompletionQueue& completions)
    : impl_(impl), completions_(completions) {}

SqlWorker::Handle::~Handle() {
  submit();
}

void SqlWorker::Handle::append(Append append, AppendCallback done) {
  QueuedWrite job;
  job.bytes = sizeof(QueuedWrite) + append.content.json.size() + append.client_message_id.size();
  // Hashed here, on the shard: the writer is the one thread that there is only one of.
  const MessageDigest digest = message_digest(impl_.options_.digest_key, append);
  job.append.emplace(AppendJob{
      .append = std::move(append), .done = std::move(done), .digest = digest, .outcome = {}});
  pending_bytes_ += job.bytes;
  pending_.push_back(std::move(job));
}

void SqlWorker::Handle::submit() {
  if (pending_.empty()) return;
  Submission submission{
      .shard = &completions_, .jobs = std::move(pending_), .bytes = pending_bytes_};
  pending_ = std::vector<QueuedWrite>();
  pending_.reserve(std::min(submission.jobs.size(), kBatchMessagesMax));
  pending_bytes_ = 0;
  const auto outcome = impl_.queue_.push(submission);
  if (outcome == WriteQueue::Push::taken) return;
  impl_.refused_ += submission.jobs.size();
  refuse(std::move(submission), not_taken(outcome == WriteQueue::Push::closed));
}

void SqlWorker::Handle::post_write(const std::optional<ChannelId>&, std::unique_ptr<WriteJob> job) {
  QueuedWrite queued;
  queued.job = std::move(job);
  queued.bytes = sizeof(QueuedWrite) + 512;  // about what its captures hold
  pending_bytes_ += queued.bytes;
  pending_.push_back(std::move(queued));
  submit();
}

void SqlWorker::Handle::post_read(StoreRead kind, std::unique_ptr<ReadJob> job) {
  ++impl_.reads_[static_cast<std::size_t>(kind)];
  QueuedRead read{.shard = &completions_, .kind = kind, .job = std::move(job)};
  const auto outcome = impl_.readers_.push(read);
  if (outcome == ReadPool::Push::taken) return;
  ++impl_.refused_;
  refuse(std::move(read), not_taken(outcome == ReadPool::Push::closed));
}

}  // namespace kith
