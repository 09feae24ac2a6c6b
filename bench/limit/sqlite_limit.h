// The rate at which bare SQLite commits chat messages: what kithd's durable sends are measured
// against. One thread, no network, no parsing, no rights: only the rows, the transactions and the
// commits (WAL, synchronous=FULL, checkpoints by hand), on the leanest tables that still find a
// message by its place in the chat and refuse a repeated client id (ARCHITECTURE 2.4). Ids are
// sorted by time, so the indexes that they lead grow at their right end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kith::limit {

struct SqliteOptions {
  std::string file;  // made anew, and removed at the end with its -wal and -shm
  double seconds = 5;
  int batch = 512;  // messages per transaction, at most
  int channels = 100;
  int senders = 50;          // per channel
  int text_bytes = 64;       // of content.text
  int wal_pages = 4000;      // a checkpoint from this size on
  std::int64_t prefill = 0;  // messages stored before the clock starts
  double rate = 0;           // messages/s that come; 0: as fast as they can be stored
};

struct SqliteFigures {
  std::int64_t messages = 0;
  double per_s = 0;
  double user_us = 0;  // CPU per message
  double system_us = 0;
  double mean_batch = 0;
  std::vector<double> commits_us;  // whole transactions
  std::vector<double> acks_us;     // from when a message was due; only with a rate
  std::int64_t checkpoints = 0;
  double checkpoint_share = 0;  // of the time
  double wal_bytes = 0;         // per message
  std::int64_t database_bytes = 0;
};

// Throws std::runtime_error with what SQLite said.
SqliteFigures run_sqlite_limit(const SqliteOptions& options);

std::string sqlite_version();

// The median time, in microseconds, of writing 4 KiB to a file of `directory` and fdatasync, over
// itself. Throws std::system_error.
double fsync_us(const std::string& directory);

// Of what need not be sorted, by nearest rank; 0 where there is nothing.
double quantile(std::vector<double> values, double part);

}  // namespace kith::limit
