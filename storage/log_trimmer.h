// Forgets what nobody resumes from any more: log rows that are old and far behind their channel's
// head, the short-lived rows of accounts, and leaderboards that have ended. In small transactions,
// when the writer has nothing else to do, at most hourly.
//
// Thread: the writer's, between two batches.
#pragma once

#include <chrono>
#include <cstdint>

#include "storage/sql_connection.h"

namespace kith {

class LogTrimmer {
 public:
  struct Options {
    std::chrono::hours keep{};
    std::uint32_t keep_events = 0;
    std::chrono::hours keep_notifications{24 * 90};
  };
  explicit LogTrimmer(Options options);

  std::chrono::steady_clock::time_point next_step() const { return next_; }
  // One small transaction. False: failure() is set on the connection, the transaction is left to
  // the caller's rollback, and the pass begins anew in an hour.
  bool step(SqlConnection& connection);
  // The same at a given time: how many rows went.
  std::int64_t trim(SqlConnection& connection, WallTime now);

 private:
  std::int64_t trim_log(SqlConnection& connection, WallTime now);
  std::int64_t trim_notifications(SqlConnection& connection, WallTime now) const;

  const Options options_;
  std::chrono::steady_clock::time_point next_;
  std::int64_t cursor_ = 0;  // of the pass: positions up to here have been looked at
  bool pass_done_ = false;
};

}  // namespace kith
