// The lean tables of the bare SQLite loop, and how it writes to them.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/limit/message_source.h"

namespace kith::limit {

// Throws std::runtime_error with what SQLite said. One thread.
class SqliteStore {
 public:
  // Makes the file anew, with that many channels.
  SqliteStore(const std::string& file, int channels);
  ~SqliteStore();
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  // One transaction: the rows of the messages, and the heads of their channels.
  void write(std::span<const SourceMessage> messages, const MessageSource& source);
  void checkpoint();  // passive
  int wal_pages() const { return wal_pages_; }
  std::int64_t pages_written() const { return pages_written_; }
  std::int64_t count();

 private:
  void check(int code);
  void run(const char* sql);
  sqlite3_stmt* prepare(const char* sql);
  void step(sqlite3_stmt* statement);
  void insert(const SourceMessage& message, const std::string& content);
  void committed(int pages);

  sqlite3* database_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* advance_ = nullptr;
  std::vector<bool> touched_;  // channels of this transaction
  std::vector<std::int64_t> touched_list_;
  int wal_pages_ = 0;
  std::int64_t pages_written_ = 0;
};

}  // namespace kith::limit
