#include "storage/sql_writer.h"

#include <algorithm>
#include <chrono>

#include "protocol/failpoint.h"
#include "storage/store_counts.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

// Trimming waits for an idle moment, but not for ever.
constexpr auto kTrimmingPutOffMax = 10min;

Error cannot_write() {
  return Error{
      .code = ErrorCode::unavailable, .message = "the store cannot write", .retry_after = 1s};
}

Error writer_refusal(const SqlFailure& failure) {
  switch (failure.kind) {
    case SqlFailureKind::full:
      return Error{
          .code = ErrorCode::unavailable, .message = "the storage is full", .retry_after = 5s};
    default:
      return cannot_write();
  }
}

}  // namespace

SqlWriter::SqlWriter(std::unique_ptr<SqliteConnection> connection,
                     const SqlWorker::Options& options, WriteQueue& queue, ReadPool& readers)
    : connection_(std::move(connection)),
      options_(options),
      queue_(queue),
      readers_(readers),
      context_(*connection_),
      appends_(context_, *connection_),
      trimmer_({.keep = options.log_keep,
                .keep_events = options.log_keep_events,
                .keep_notifications = options.notifications_keep}),
      wipe_(options.wiped_within) {
  context_.outgoing = options.outgoing;
  if (options.rewards) context_.rewards = options.rewards.get();
}

void SqlWriter::run() {
  for (;;) {
    const auto next = std::min(trimmer_.next_step(), wipe_.due());
    const auto deadline = dead_ ? std::chrono::steady_clock::now() + 1h : next;
    WriteQueue::Taken taken = queue_.take(kBatchMessagesMax, deadline);
    for (AloneJob& job : taken.alone) {
      job(*connection_);
      context_.forget();
      connection_->clear_failure();
    }
    std::size_t jobs = 0;
    for (const Submission& submission : taken.submissions) jobs += submission.jobs.size();
    if (!taken.submissions.empty()) {
      run_batch(taken.submissions);
      hand_over(taken.submissions);
    } else if (taken.closed) {
      return;
    }
    if (dead_) continue;
    checkpoint(jobs);
    wipe();
    if (dead_) continue;
    trim(taken.submissions.empty() ? 0s : kTrimmingPutOffMax);
  }
}

void SqlWriter::trim(std::chrono::seconds put_off) {
  if (std::chrono::steady_clock::now() < trimmer_.next_step() + put_off) return;
  if (trimmer_.step(*connection_)) return;
  warn("trimming the log failed: " + connection_->failure()->text);
  connection_->clear_failure();
  if (connection_->in_transaction()) connection_->execute("ROLLBACK");
  connection_->clear_failure();
}

void SqlWriter::run_batch(std::vector<Submission>& batch) {
  const auto start = std::chrono::steady_clock::now();
  const bool stood = !dead_ && attempt(batch);
  if (!stood) abort_batch(batch);
  count(batch, std::chrono::steady_clock::now() - start, stood);
}

// What throws is a bug of ours, or there is no memory: nothing of the batch stands.
bool SqlWriter::attempt(std::vector<Submission>& batch) {
  try {
    return run_jobs(batch) && commit();
  } catch (const std::exception& error) {
    warn(std::string("a batch was undone: ") + error.what());
    failed_ = cannot_write();
    return false;
  }
}

bool SqlWriter::run_jobs(std::vector<Submission>& batch) {
  connection_->execute("BEGIN IMMEDIATE");
  if (connection_->failure()) return false;
  for (Submission& submission : batch) {
    for (QueuedWrite& job : submission.jobs) {
      if (!(job.append ? run_append(*job.append) : run_job(*job.job))) return false;
    }
  }
  context_.write_heads();
  return !connection_->failure();
}

bool SqlWriter::run_append(AppendJob& job) {
  KITH_FAILPOINT("store_append");
  appends_.run(job);
  return !connection_->failure();
}

bool SqlWriter::run_job(SqlJob<WriteContext>& job) {
  connection_->execute("SAVEPOINT job");
  if (connection_->failure()) return false;
  context_.begin_job();
  const std::int64_t changes = connection_->total_changes();
  KITH_FAILPOINT("store_write");
  const bool kept = job.run(context_);
  const bool failed = connection_->failure().has_value();
  if (kept && !failed) {
    connection_->execute("RELEASE job");
    return !connection_->failure();
  }
  if (failed) {
    warn("a write failed: " + connection_->failure()->text);
    job.fail(writer_refusal(*connection_->failure()));
    if (!connection_->in_transaction() || connection_->failure()->kind == SqlFailureKind::full ||
        connection_->failure()->kind == SqlFailureKind::io) {
      return false;
    }
    connection_->clear_failure();
  }
  context_.undo_job();
  if (failed || connection_->total_changes() != changes) context_.forget_caches();
  connection_->execute("ROLLBACK TO job");
  connection_->execute("RELEASE job");
  return !connection_->failure();
}

bool SqlWriter::commit() {
  KITH_FAILPOINT("before_commit");
  connection_->execute("COMMIT");
  if (!connection_->failure()) {
    KITH_FAILPOINT("after_commit");
    context_.committed();
    if (context_.take_content_went()) wipe_.content_went();
    if (ill_) warn("the store commits again");
    ill_ = false;
    return true;
  }
  if (connection_->failure()->kind == SqlFailureKind::io) {
    fatal("the commit failed: " + connection_->failure()->text);
  }
  return false;
}

void SqlWriter::abort_batch(std::vector<Submission>& batch) {
  const int code = connection_->failure_code();
  if (connection_->failure()) {
    failed_ = writer_refusal(*connection_->failure());
    if (!ill_) warn("a batch was undone: " + connection_->failure()->text);
    ill_ = true;  // told once, until it is over
    if (!dead_ && (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)) {
      fatal("an fsync failed: " + connection_->failure()->text);
    }
    connection_->clear_failure();
  }
  if (connection_->in_transaction()) connection_->execute("ROLLBACK");
  connection_->clear_failure();
  if (!dead_ && connection_->in_transaction()) fatal("a rollback failed");
  context_.forget();
  for (Submission& submission : batch) {
    for (QueuedWrite& job : submission.jobs) {
      if (job.append) {
        job.append->outcome = failed_;
      } else {
        job.job->fail(failed_);
      }
    }
  }
}

void SqlWriter::fatal(const std::string& what) {
  dead_ = true;
  failed_ =
      Error{.code = ErrorCode::unavailable, .message = "the store has stopped", .retry_after = 5s};
  if (options_.on_fatal) options_.on_fatal(what);
}

void SqlWriter::warn(const std::string& line) const {
  if (options_.on_warning) options_.on_warning(line);
}

void SqlWriter::count(const std::vector<Submission>& batch, std::chrono::duration<double> took,
                      bool stood) {
  CommittedBatch counted{.took = took};
  for (const Submission& submission : batch) {
    for (const QueuedWrite& job : submission.jobs) {
      if (!job.append) ++counted.jobs;
      if (job.append && *job.append->outcome && !(*job.append->outcome)->duplicate) {
        ++counted.messages;
      }
    }
  }
  const std::lock_guard lock(stats_mutex_);
  stats_.healthy = stood;
  stats_.careful_batches = appends_.violations();
  if (!stood) {
    ++stats_.rolled_back_batches;
    return;
  }
  count_commit(stats_, counted);
}

StorageStats SqlWriter::stats() const {
  const std::lock_guard lock(stats_mutex_);
  return stats_;
}

}  // namespace kith
