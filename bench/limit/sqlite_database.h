// A bare SQLite database as kithd sets one up: WAL, synchronous=FULL, checkpoints by hand. Whoever
// writes to it derives from it.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <vector>

namespace kith::limit {

// Throws std::runtime_error with what SQLite said. One thread.
class SqliteDatabase {
 public:
  // Makes the file anew, with these tables.
  SqliteDatabase(const std::string& file, const char* tables);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  void checkpoint();  // passive
  int wal_pages() const { return wal_pages_; }
  std::int64_t pages_written() const { return pages_written_; }
  // Of a SELECT of one number.
  std::int64_t count(const char* select);

 protected:
  void check(int code);
  void run(const char* sql);
  sqlite3_stmt* prepare(const char* sql);
  void step(sqlite3_stmt* statement);
  void begin() { step(begin_); }
  void commit() { step(commit_); }
  // Texts and blobs must live until the statement is stepped.
  void bind(sqlite3_stmt* statement, int index, std::int64_t value);
  void bind(sqlite3_stmt* statement, int index, const std::string& text);

 private:
  void committed(int pages);

  sqlite3* database_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  int wal_pages_ = 0;
  std::int64_t pages_written_ = 0;
};

// A database's files: gone with the object, however the run ends.
class SqliteFiles {
 public:
  explicit SqliteFiles(std::string name) : name_(std::move(name)) {}
  ~SqliteFiles() { remove(name_); }
  SqliteFiles(const SqliteFiles&) = delete;
  SqliteFiles& operator=(const SqliteFiles&) = delete;

  const std::string& name() const { return name_; }
  static void remove(const std::string& name);

 private:
  std::string name_;
};

}  // namespace kith::limit
