// The threads of the Postgres store (postgres_storage.h says what goes where).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "storage/postgres_writer.h"
#include "storage/read_pool.h"
#include "storage/sql_handle.h"

namespace kith {

class PostgresPool {
 public:
  struct Options {
    PostgresOptions connection;
    DigestKey digest_key{};
    std::uint32_t writer_threads = 2;
    std::uint32_t reader_threads = 2;
    std::uint32_t queue_messages_max = 32 * 1024;  // of all writers; and of the readers
    std::size_t queue_bytes_max = 64 * 1024 * 1024;
    LogTrimmer::Options trimming;
    OutgoingRules outgoing{};
    std::shared_ptr<const RewardRules> rewards;  // null: none
    KnownHistory history{};
    std::chrono::milliseconds history_look_interval{1'000};
    std::function<void(const std::string& line)> on_warning;         // on any of the threads
    std::function<void(const std::string& reason)> on_history_gone;  // the same
  };
  explicit PostgresPool(Options options);
  ~PostgresPool();  // close()

  // `completions` must live until close() has returned.
  std::unique_ptr<SqlHandle> handle(CompletionQueue& completions);
  // Commits what is queued, answers what comes later `unavailable`, stops the threads. Idempotent.
  // What a server says nothing to is given up soon (postgres_closing.h), and is `unavailable` too.
  void close();
  StorageStats stats() const;

 private:
  class Handle;
  struct Lane {
    Lane(PostgresWriter::Options options, WriteQueue::Limits limits);
    WriteQueue queue;
    PostgresWriter writer;
    std::thread thread;  // last: it uses the others
  };
  // The chats have the first half of the lanes, everything else the other.
  std::size_t lane_of(const std::optional<ChannelId>& channel) const;
  void warn(const std::string& line);

  const Options options_;
  const std::shared_ptr<PostgresClosing> closing_ = std::make_shared<PostgresClosing>();
  std::mutex warning_mutex_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::unique_ptr<ReadPool> readers_;
  std::atomic<std::uint64_t> refused_ = 0;
  std::array<std::atomic<std::uint64_t>, kStoreReadNames.size()> reads_{};  // by StoreRead
  std::mutex close_mutex_;
};

}  // namespace kith
