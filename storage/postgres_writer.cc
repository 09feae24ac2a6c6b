#include "storage/postgres_writer.h"

#include <algorithm>

#include "storage/postgres_failure.h"
#include "storage/store_counts.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

constexpr int kTriesAlone = 3;
// Who waits longer is better told so: the lock's holder may be a node that is frozen.
constexpr auto kTryingMax = 2s;

Error refusal(const SqlFailure& failure) {
  if (failure.kind == SqlFailureKind::full) {
    return Error{
        .code = ErrorCode::unavailable, .message = "the storage is full", .retry_after = 5s};
  }
  return Error{
      .code = ErrorCode::unavailable, .message = "the store cannot write", .retry_after = 1s};
}

}  // namespace

PostgresWriter::PostgresWriter(Options options, WriteQueue& queue)
    : options_(std::move(options)),
      queue_(queue),
      connection_(options_.connection),
      context_(connection_),
      appends_(context_, connection_),
      history_(options_.history),
      next_watch_(std::chrono::steady_clock::now() + options_.history_look_interval) {
  context_.outgoing = options_.outgoing;
  if (options_.rewards) context_.rewards = options_.rewards.get();
  if (options_.trims) trimmer_.emplace(*options_.trims);
  connection_.set_check([this] { return history_.check(connection_); });
}

void PostgresWriter::run() {
  for (;;) {
    const auto next = trimmer_ ? std::min(trimmer_->next_step(), next_watch_) : next_watch_;
    WriteQueue::Taken taken = queue_.take(options_.batch_max, next);
    if (!taken.submissions.empty()) {
      run_batch(taken.submissions);
      hand_over(taken.submissions);
    } else if (taken.closed) {
      return;
    }
    trim();
    watch_history();
  }
}

// Also what keeps an idle connection honest: it notices a server that has gone, or is another.
void PostgresWriter::watch_history() {
  if (std::chrono::steady_clock::now() < next_watch_) return;
  const auto gone = history_.look(connection_);
  if (connection_.failure() || connection_.in_transaction()) undo();
  if (gone && options_.on_history_gone) options_.on_history_gone(*gone);
  next_watch_ = std::chrono::steady_clock::now() + options_.history_look_interval;
}

void PostgresWriter::trim() {
  if (!trimmer_ || std::chrono::steady_clock::now() < trimmer_->next_step()) return;
  if (trimmer_->step(connection_)) return;
  warn("trimming the log failed: " + connection_.failure()->text);
  undo();
}

void PostgresWriter::run_batch(std::vector<Submission>& batch) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<QueuedWrite*> jobs;
  for (Submission& submission : batch) {
    for (QueuedWrite& job : submission.jobs) jobs.push_back(&job);
  }
  const bool stood = attempt(jobs);
  if (!stood && failed_ && !ill_) warn("a batch was undone: " + failed_->text);
  if (stood && ill_) warn("the store commits again");
  ill_ = !stood;
  count(jobs, std::chrono::steady_clock::now() - start, stood);
}

// What throws, also behind the COMMIT, costs this batch its answers and no more: `unavailable` is
// true of it either way, since who repeats a message is given the original's number.
bool PostgresWriter::attempt(Jobs jobs) {
  try {
    return run_jobs(jobs);
  } catch (const std::exception& error) {
    failed_ = SqlFailure{.kind = SqlFailureKind::other, .text = error.what()};
    undo();
    fail_all(jobs);
    return false;
  }
}

bool PostgresWriter::run_jobs(Jobs jobs) {
  failed_.reset();
  own_ = PostgresAppends::Own::repeats;
  give_up_ = std::chrono::steady_clock::now() + kTryingMax;
  auto attempt = try_quickly(jobs);
  if (!attempt) attempt = try_together(jobs, PostgresAppends::Own::repeats);
  if (*attempt == Attempt::committed) return true;
  // What has undone one of many need not undo the others.
  if (*attempt == Attempt::undone && may_be_tried_again()) return run_singly(jobs);
  fail_all(jobs);
  return false;
}

// Nothing: it is to be tried another way.
std::optional<PostgresWriter::Attempt> PostgresWriter::try_quickly(Jobs jobs) {
  if (!std::all_of(jobs.begin(), jobs.end(),
                   [](const QueuedWrite* job) { return job->append.has_value(); })) {
    return std::nullopt;
  }
  const auto appends = appends_among(jobs);
  if (!appends_.promising(appends)) return std::nullopt;
  if (!appends_.commit_quickly(appends) && !connection_.failure()) {
    undo();
    return std::nullopt;
  }
  if (!connection_.failure()) {
    context_.committed();
    note(jobs);
    return Attempt::committed;
  }
  failed_ = connection_.failure();
  {
    const std::lock_guard lock(stats_mutex_);
    ++stats_.careful_batches;
  }
  // Of these we know why; of everything else the operator should.
  if (connection_.sqlstate() != kNotAllRows && failed_->kind != SqlFailureKind::unique_violation) {
    warn("messages are appended with care: " + failed_->text);
  }
  if (failed_->kind != SqlFailureKind::lost || !connection_.may_have_committed()) {
    const bool hopeless = failed_->kind == SqlFailureKind::full || connection_.fell_silent();
    undo();
    return hopeless ? std::optional(Attempt::undone) : std::nullopt;
  }
  switch (conclude(false)) {
    case Attempt::committed:  // what they were numbered is read back
      own_ = PostgresAppends::Own::ours;
      return try_together(jobs, own_);
    case Attempt::undone:
      return std::nullopt;
    case Attempt::unknown:
      break;
  }
  return Attempt::unknown;
}

bool PostgresWriter::may_be_tried_again() const {
  const SqlFailureKind kind = failed_->kind;
  return (kind == SqlFailureKind::unique_violation || kind == SqlFailureKind::contended ||
          kind == SqlFailureKind::lost) &&
         !connection_.fell_silent() && std::chrono::steady_clock::now() < give_up_;
}

bool PostgresWriter::run_singly(Jobs jobs) {
  bool stood = true;
  for (Jobs rest = jobs; !rest.empty();) {
    const Jobs unit = first_unit(rest);
    stood = run_unit(unit) && stood;
    rest = rest.subspan(unit.size());
  }
  return stood;
}

bool PostgresWriter::run_unit(Jobs unit) {
  Attempt attempt = Attempt::undone;
  for (int tries = 0; tries < kTriesAlone && attempt == Attempt::undone; ++tries) {
    attempt = try_together(unit, own_);
    if (attempt == Attempt::committed) return true;
    if (!may_be_tried_again()) break;
  }
  const bool taken = failed_->kind == SqlFailureKind::unique_violation;
  if (attempt == Attempt::undone && taken && unit.size() > 1) {
    bool stood = true;
    for (std::size_t i = 0; i < unit.size(); ++i) stood = run_unit(unit.subspan(i, 1)) && stood;
    return stood;
  }
  if (attempt == Attempt::undone && taken && unit.front()->append) {
    unit.front()->append->outcome = fail(ErrorCode::internal, "the message's id is taken");
    return true;
  }
  fail_all(unit);
  return false;
}

void PostgresWriter::fail_all(Jobs jobs) {
  const Error error = refusal(failed_.value_or(SqlFailure{}));
  for (QueuedWrite* job : jobs) {
    if (job->append) {
      job->append->outcome = error;
    } else {
      job->job->fail(error);
    }
  }
}

void PostgresWriter::note(Jobs jobs) {
  for (const QueuedWrite* job : jobs) {
    if (job->append) history_.note(*job->append);
  }
}

void PostgresWriter::warn(const std::string& line) const {
  if (options_.on_warning) options_.on_warning(line);
}

void PostgresWriter::count(Jobs jobs, std::chrono::duration<double> took, bool stood) {
  CommittedBatch batch{.took = took};
  for (const QueuedWrite* job : jobs) {
    if (!job->append) ++batch.jobs;
    if (job->append && *job->append->outcome && !(*job->append->outcome)->duplicate) {
      ++batch.messages;
    }
  }
  const std::lock_guard lock(stats_mutex_);
  stats_.healthy = stood;
  if (stood) {
    count_commit(stats_, batch);
  } else {
    ++stats_.rolled_back_batches;
  }
}

StorageStats PostgresWriter::stats() const {
  const std::lock_guard lock(stats_mutex_);
  return stats_;
}

}  // namespace kith
