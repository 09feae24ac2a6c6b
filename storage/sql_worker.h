// The storage threads and the work they are given.
//
// One thread writes: it takes whatever has queued up (at most kBatchMessagesMax), runs it in order
// in one transaction, commits once (group commit) and only then answers. Reader threads have their
// own connections, each job in its own snapshot. A Handle is one shard's way in.
//
// Order: writes of one shard run in the order of the calls, appends and others alike, and are
// answered in that order (refusals for a full queue come at once). What a callback was told is
// committed is seen by every read that is asked for afterwards.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/ports/callback.h"
#include "engine/ports/completion_queue.h"
#include "engine/ports/event_log.h"
#include "protocol/result.h"
#include "storage/append_job.h"
#include "storage/open_storage.h"
#include "storage/sql_connection.h"
#include "storage/sql_handle.h"
#include "storage/sql_session.h"

namespace kith {

class SqliteConnection;

// Larger commits cost less per message, but while one is under way those who wait for it say
// nothing new. 50 clients with 20 messages outstanding: 256 90,000/s, 512 109,000, 1,024 106,000.
inline constexpr std::size_t kBatchMessagesMax = 512;

class SqlWorker {
 public:
  class Handle;

  struct Options {
    std::string path;  // of the database; migrated already
    DigestKey digest_key{};
    std::uint32_t reader_threads = 2;
    std::uint32_t queue_messages_max = 32 * 1024;
    std::size_t queue_bytes_max = 64 * 1024 * 1024;
    int checkpoint_pages = 4'000;
    // What was deleted or edited away is gone from the files after it.
    std::chrono::milliseconds wiped_within{10'000};
    std::chrono::hours log_keep{24 * 30};
    std::uint32_t log_keep_events = 10'000;
    std::chrono::hours notifications_keep{24 * 90};
    OutgoingRules outgoing{};
    std::shared_ptr<const RewardRules> rewards;  // null: none
    std::function<Status()> on_closing;          // the database is whole without its log
    std::function<void(const std::string& reason)> on_fatal;
    std::function<void(const std::string& line)> on_warning;
  };

  // Takes the connection that writes and checkpoints from here on, and opens the readers'.
  static Result<std::unique_ptr<SqlWorker>> start(std::unique_ptr<SqliteConnection> writer,
                                                  Options options);
  ~SqlWorker();  // close()

  // `completions` must live until close() has returned.
  std::unique_ptr<Handle> handle(CompletionQueue& completions);

  // Runs between two transactions, on the writer's thread, and waits for it: for the command line.
  // unavailable: closed.
  Status run_alone(UniqueFunction<Status(SqliteConnection&)> job);

  // Commits what is queued, answers what comes later `unavailable`, stops the threads. Idempotent.
  void close();
  StorageStats stats() const;

 private:
  class Impl;
  explicit SqlWorker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class SqlWorker::Handle final : public SqlHandle {
 public:
  Handle(Impl& impl, CompletionQueue& completions);
  ~Handle() override;  // submits what is left

  void append(Append append, AppendCallback done) override;
  void submit() override;

 private:
  // One thread writes everything: all writes of a shard run in the order of the calls.
  void post_write(const std::optional<ChannelId>& channel, std::unique_ptr<WriteJob> job) override;
  void post_read(StoreRead kind, std::unique_ptr<ReadJob> job) override;

  Impl& impl_;
  CompletionQueue& completions_;
  std::vector<QueuedWrite> pending_;
  std::size_t pending_bytes_ = 0;
};

}  // namespace kith
