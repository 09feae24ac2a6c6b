// The lean tables of the bare SQLite loop, and how it writes to them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/limit/message_source.h"
#include "bench/limit/sqlite_database.h"

namespace kith::limit {

// Throws std::runtime_error with what SQLite said. One thread.
class SqliteStore : public SqliteDatabase {
 public:
  // Makes the file anew, with that many channels.
  SqliteStore(const std::string& file, int channels);

  // One transaction: the rows of the messages, and the heads of their channels.
  void write(std::span<const SourceMessage> messages, const MessageSource& source);
  std::int64_t count();

 private:
  void insert(const SourceMessage& message, const std::string& content);

  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* advance_ = nullptr;
  std::vector<bool> touched_;  // channels of this transaction
  std::vector<std::int64_t> touched_list_;
};

}  // namespace kith::limit
