// The directory of an embedded store: kith.db with its write-ahead log, kith.lock, and
// `generation`.
//
// A database is never made silently where one was: a missing kith.db beside a `generation`, an
// empty file or somebody else's stops the start. `generation` and the database both hold the epoch
// and the number of the run; the database's is written first. Where the database is behind the
// file, it is a copy of earlier days: the log has gone back, and gets a new epoch
// (ARCHITECTURE 2.9). A copy taken during the very last run cannot be told from the original by
// this.
#pragma once

#include <memory>
#include <string>

#include "protocol/result.h"
#include "storage/append_job.h"
#include "storage/lock_file.h"
#include "storage/sqlite_connection.h"

namespace kith {

struct DataDirectory {
  std::unique_ptr<LockFile> lock;
  std::unique_ptr<SqliteConnection> connection;  // migrated
  std::string database_path;
  std::string epoch;
  std::string generation;  // what note_stopped() is to be told
  DigestKey digest_key{};
};

// unavailable, with one clear line for the operator.
Result<DataDirectory> open_data_directory(const std::string& path);

// The database holds everything and nothing more is written: the next start need not find a
// write-ahead log. Without this word a log that is missing stops the start, and so does one that
// was damaged (wal_check.h).
Status note_stopped(const std::string& path, const std::string& generation);

// Beside a running server: no lock, no digest key, nothing written.
Result<DataDirectory> look_into_data_directory(const std::string& path);

}  // namespace kith
