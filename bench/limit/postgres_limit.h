// The rate at which bare libpq commits chat messages: what kithd's durable sends on Postgres are
// measured against. One connection, one round trip a transaction: the channels' rows are locked in
// the order of their keys and their counters raised, all messages of the batch go in by one INSERT
// that takes its numbers from there, COMMIT. No network of clients, no parsing, no rights, no place
// in commit order: only the rows, on the leanest tables that still find a message by its place in
// the chat and refuse a repeated client id (two indexes, integer keys, ids sorted by time).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kith::limit {

struct PostgresOptions {
  std::string url;  // of a database in which the tables may be made, and are removed at the end
  double seconds = 5;
  int batch = 512;  // messages per transaction, at most
  int channels = 100;
  int senders = 50;          // per channel
  int text_bytes = 64;       // of content.text
  std::int64_t prefill = 0;  // messages stored before the clock starts
  double rate = 0;           // messages/s that come; 0: as fast as they can be stored
};

struct PostgresFigures {
  std::int64_t messages = 0;
  double per_s = 0;
  double client_us = 0;            // CPU of this process per message
  std::vector<double> commits_us;  // whole transactions
  std::vector<double> acks_us;     // from when a message was due; only with a rate
  double wal_bytes = 0;            // per message
};

// Throws std::runtime_error with what Postgres said.
PostgresFigures run_postgres_limit(const PostgresOptions& options);

}  // namespace kith::limit
