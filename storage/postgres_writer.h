// A writing thread of the Postgres store: takes what has queued up, as SqlWriter does, and commits
// it together where it can.
//
// Three ways, each tried where the one before it has failed without having committed anything:
//   quick     nothing but new messages: one round trip (postgres_appends.h)
//   together  everything in one transaction; behind its first job it does not wait for locks for
//             long, since it takes them in the order of the jobs and not of the channels
//   singly    each job, and each run of appends, in a transaction of its own that locks channels in
//             order, up to three times: unique violations between nodes are met here, and the
//             second try sees what the other node has committed
// A job runs again each time, as a whole, within kTryingMax. Where the connection goes while a
// COMMIT is under way, its outcome is settled first (postgres_settling.h). A server that says
// nothing at all is not waited for twice: whoever sends is told within about two seconds.
//
// Thread: one; stats() any.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "engine/ports/storage_stats.h"
#include "storage/log_trimmer.h"
#include "storage/postgres_appends.h"
#include "storage/postgres_history.h"
#include "storage/postgres_settling.h"
#include "storage/write_queue.h"

namespace kith {

class PostgresWriter {
 public:
  struct Options {
    PostgresOptions connection;
    std::size_t batch_max = 512;
    std::optional<LogTrimmer::Options> trims;  // one writer of a process does
    OutgoingRules outgoing{};
    std::shared_ptr<const RewardRules> rewards;  // null: none
    KnownHistory history{};
    std::chrono::milliseconds history_look_interval{1'000};
    std::function<void(const std::string&)> on_warning;
    // The database's history is not the one that this process knows: see postgres_history.h.
    std::function<void(const std::string& reason)> on_history_gone;
  };
  PostgresWriter(Options options, WriteQueue& queue);

  void run();  // until the queue is closed and empty
  StorageStats stats() const;
  // Any thread: something that was read from this database is not in it any more.
  void doubt_history() { history_.doubt(); }

 private:
  using Jobs = std::span<QueuedWrite* const>;
  enum class Attempt : std::uint8_t {
    committed,  // or refused without a trace: everybody has their answer
    undone,     // nothing of it stands; failed_ says why
    unknown,    // may stand; nobody may try it again
  };

  // The appends that the jobs begin with, or their first job alone.
  static Jobs first_unit(Jobs jobs);
  static std::vector<AppendJob*> appends_among(Jobs jobs);  // all of them are
  void run_batch(std::vector<Submission>& batch);
  bool attempt(Jobs jobs);
  bool run_jobs(Jobs jobs);  // false: at least one was told that the store cannot write
  std::optional<Attempt> try_quickly(Jobs jobs);
  Attempt try_together(Jobs jobs, PostgresAppends::Own own);
  bool run_in_transaction(Jobs jobs, PostgresAppends::Own own);
  bool run_one(SqlJob<WriteContext>& job, bool alone);
  Attempt conclude(bool ran);
  bool may_be_tried_again() const;
  bool run_singly(Jobs jobs);
  bool run_unit(Jobs unit);
  void undo();
  void fail_all(Jobs jobs);
  void note(Jobs jobs);  // which have been committed
  void trim();
  void watch_history();
  void warn(const std::string& line) const;
  void count(Jobs jobs, std::chrono::duration<double> took, bool stood);

  const Options options_;
  WriteQueue& queue_;
  PostgresConnection connection_;
  WriteContext context_;
  PostgresAppends appends_;
  std::optional<LogTrimmer> trimmer_;
  PostgresHistory history_;
  std::chrono::steady_clock::time_point next_watch_{};
  // Of the batch's messages, once their COMMIT is known to have gone through.
  PostgresAppends::Own own_ = PostgresAppends::Own::repeats;
  bool refused_alone_ = false;  // the last transaction was one job, which took back what it did
  std::optional<SqlFailure> failed_;
  std::chrono::steady_clock::time_point give_up_{};  // the batch
  bool ill_ = false;

  mutable std::mutex stats_mutex_;
  StorageStats stats_;
};

}  // namespace kith
