// The part of PostgresWriter that runs one transaction, and finds out what has become of it.
#include <algorithm>

#include "protocol/failpoint.h"
#include "storage/postgres_writer.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

// Behind its first job, or late: long enough for another node's COMMIT, short enough for who waits
// here.
constexpr auto kLockTimeoutTogether = 150ms;
// However late it is: a server that restarts quickly is mostly back by then.
constexpr auto kSettlingMin = 1s;

}  // namespace

std::vector<AppendJob*> PostgresWriter::appends_among(Jobs jobs) {
  std::vector<AppendJob*> out;
  out.reserve(jobs.size());
  for (QueuedWrite* job : jobs) out.push_back(&*job->append);
  return out;
}

PostgresWriter::Jobs PostgresWriter::first_unit(Jobs jobs) {
  std::size_t count = 0;
  while (count < jobs.size() && jobs[count]->append) ++count;
  return jobs.first(std::max<std::size_t>(count, 1));
}

PostgresWriter::Attempt PostgresWriter::try_together(Jobs jobs, PostgresAppends::Own own) {
  refused_alone_ = false;
  bool ran = false;
  try {
    ran = run_in_transaction(jobs, own);
  } catch (const std::exception& error) {  // a bug of ours, or there is no memory
    failed_ = SqlFailure{.kind = SqlFailureKind::other, .text = error.what()};
    undo();
    return Attempt::undone;
  }
  if (refused_alone_) {
    undo();
    return Attempt::committed;
  }
  if (!ran && !connection_.failure()) {  // one refused, and has left something behind
    failed_ = SqlFailure{.kind = SqlFailureKind::contended, .text = "a job is to be undone"};
    undo();
    return Attempt::undone;
  }
  const Attempt attempt = conclude(ran);
  if (ran) note(jobs);
  return attempt;
}

bool PostgresWriter::run_in_transaction(Jobs jobs, PostgresAppends::Own own) {
  connection_.begin_write();
  // Who is late already, behind a lock that somebody holds, does not wait as long once more: of
  // many jobs each would, one after the other.
  const bool late = std::chrono::steady_clock::now() >= give_up_;
  if (late && own == PostgresAppends::Own::repeats) {
    connection_.set_lock_timeout(kLockTimeoutTogether);
  }
  for (Jobs rest = jobs; !rest.empty() && !connection_.failure();) {
    const Jobs unit = first_unit(rest);
    if (unit.front()->append) {
      KITH_FAILPOINT("store_append");
      appends_.run(appends_among(unit), own);
    } else if (!run_one(*unit.front()->job, jobs.size() == 1)) {
      return false;
    }
    if (rest.size() == jobs.size() && unit.size() < rest.size()) {
      connection_.set_lock_timeout(kLockTimeoutTogether);
    }
    rest = rest.subspan(unit.size());
  }
  if (connection_.failure()) return false;
  context_.write_heads();
  if (connection_.failure()) return false;
  KITH_FAILPOINT("before_commit");
  connection_.commit();
  if (connection_.failure()) return false;
  KITH_FAILPOINT("after_commit");
  return true;
}

bool PostgresWriter::run_one(SqlJob<WriteContext>& job, bool alone) {
  KITH_FAILPOINT("store_write");
  context_.begin_job();
  connection_.forget_changes();
  const bool kept = job.run(context_);
  if (connection_.failure()) return false;
  if (kept) return true;
  context_.undo_job();
  if (connection_.rows_changed() == 0) return true;
  refused_alone_ = alone;
  return false;
}

// After a transaction: what has become of it.
PostgresWriter::Attempt PostgresWriter::conclude(bool ran) {
  if (ran) {
    context_.committed();
    return Attempt::committed;
  }
  failed_ = connection_.failure();
  const bool open_end = failed_->kind == SqlFailureKind::lost && connection_.may_have_committed();
  const UnsettledTransaction transaction{.id = connection_.transaction_id(),
                                         .timeline = connection_.timeline()};
  undo();
  if (!open_end) return Attempt::undone;
  warn("the connection was lost during a COMMIT");
  if (connection_.fell_silent()) return Attempt::unknown;
  const auto until = std::max(give_up_, std::chrono::steady_clock::now() + kSettlingMin);
  const auto settled =
      settle(connection_, transaction, until, [this](std::chrono::milliseconds pause) {
        return !queue_.await_close(std::chrono::steady_clock::now() + pause);
      });
  switch (settled) {
    case Settled::committed:
      return Attempt::committed;
    case Settled::undone:
      return Attempt::undone;
    case Settled::unknown:
      break;
  }
  return Attempt::unknown;
}

void PostgresWriter::undo() {
  connection_.clear_failure();
  if (connection_.in_transaction()) connection_.rollback();
  connection_.clear_failure();
  context_.forget();
}

}  // namespace kith
