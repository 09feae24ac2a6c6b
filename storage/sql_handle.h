// One shard's way to the storage threads, whichever store they belong to.
//
// Thread: its shard's. All callbacks come through the shard's queue, never from inside a call.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "engine/ports/callback.h"
#include "engine/ports/event_log.h"
#include "engine/ports/storage_stats.h"
#include "protocol/result.h"
#include "storage/append_job.h"
#include "storage/sql_connection.h"
#include "storage/sql_session.h"

namespace kith {

using WriteJob = SqlJob<WriteContext>;
using ReadJob = SqlJob<SqlConnection>;

template <typename Context, typename Function>
class TypedSqlJob final : public SqlJob<Context> {
 public:
  using Outcome = std::invoke_result_t<Function&, Context&>;  // Result<T>
  using Done = UniqueFunction<void(Outcome)>;

  TypedSqlJob(Function function, Done done)
      : function_(std::move(function)), done_(std::move(done)) {}
  bool run(Context& context) override {
    outcome_.emplace(function_(context));
    return outcome_->ok();
  }
  void fail(Error error) override { outcome_.emplace(std::move(error)); }
  void finish() override {
    if (done_) done_(std::move(*outcome_));
  }

 private:
  Function function_;
  Done done_;
  std::optional<Outcome> outcome_;
};

class SqlHandle {
 public:
  virtual ~SqlHandle() = default;

  // Queues the message until submit(), or until the next write. A write to its chat goes behind it,
  // and on SQLite any other does too.
  virtual void append(Append append, AppendCallback done) = 0;
  virtual void submit() = 0;
  // EventLog::went_back(). A store of one process notices at its start.
  virtual void doubt_history() {}

  // write([captures](WriteContext& context) -> Result<T> {...}, [](Result<T> result) {...});
  // The callback may be nothing (`{}`).
  template <typename Function>
  void write(Function job, typename TypedSqlJob<WriteContext, Function>::Done done) {
    post_write(std::nullopt, std::make_unique<TypedSqlJob<WriteContext, Function>>(
                                 std::move(job), std::move(done)));
  }
  // The same for what concerns one channel: it runs behind what was asked of that channel before,
  // appends and writes.
  template <typename Function>
  void write_to(const ChannelId& channel, Function job,
                typename TypedSqlJob<WriteContext, Function>::Done done) {
    post_write(channel, std::make_unique<TypedSqlJob<WriteContext, Function>>(std::move(job),
                                                                              std::move(done)));
  }
  // read(kind, [captures](SqlConnection& db) -> Result<T> {...}, [](Result<T> result) {...});
  // One snapshot for the whole job (but for `heads`, see sql_log_reads.h); the connection cannot
  // write. A job may run twice, so none consumes what it captured.
  template <typename Function>
  void read(StoreRead kind, Function job,
            typename TypedSqlJob<SqlConnection, Function>::Done done) {
    post_read(kind, std::make_unique<TypedSqlJob<SqlConnection, Function>>(std::move(job),
                                                                           std::move(done)));
  }

 private:
  virtual void post_write(const std::optional<ChannelId>& channel,
                          std::unique_ptr<WriteJob> job) = 0;
  virtual void post_read(StoreRead kind, std::unique_ptr<ReadJob> job) = 0;
};

}  // namespace kith
