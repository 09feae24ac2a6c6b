// What the store counts, as the metrics read it. Filled by storage/, shown by gateway/.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace kith {

// A read is a job that goes to the store and comes back, of one snapshot, whatever the number of
// its statements.
enum class StoreRead : std::uint8_t {
  admit,         // connection.init: the login, and the user's standing in the channels it brings
  authenticate,  // a token alone: HTTP, connection.refresh
  attach,        // one channel that is subscribed
  log,           // a page of a channel's log
  measure,       // how much a client missed
  heads,         // what was appended since the last look
  history,
  chats,
  accounts,
  notifications,
  outbox,  // what is due to be sent
  boards,
  rewards,
  clubs,
  events,
};
inline constexpr std::array<std::string_view, 15> kStoreReadNames = {
    "admit",    "authenticate",  "attach", "log",    "measure", "heads", "history", "chats",
    "accounts", "notifications", "outbox", "boards", "rewards", "clubs", "events"};

// Read by /metrics, on any thread.
struct StorageStats {
  std::uint64_t commits = 0;
  std::uint64_t committed_messages = 0;
  std::uint64_t committed_jobs = 0;
  std::uint64_t rolled_back_batches = 0;
  // Repeats that only the unique index remembered; on Postgres every batch that the quick way did
  // not commit.
  std::uint64_t careful_batches = 0;
  std::uint64_t refused_jobs = 0;  // queue full
  std::uint64_t queued_jobs = 0;
  std::array<std::uint64_t, kStoreReadNames.size()> reads{};  // by StoreRead
  std::uint64_t checkpoints = 0;
  // Upper bounds 1, 4, 16, 64, 256, 1024 and the rest
  std::array<std::uint64_t, 7> batch_size_buckets{};
  // Upper bounds 1, 2, 5, 10, 20, 50, 100, 500 ms and the rest
  std::array<std::uint64_t, 9> commit_latency_buckets{};
  double commit_seconds_sum = 0;
  bool healthy = true;  // the last commit went through
};

}  // namespace kith
