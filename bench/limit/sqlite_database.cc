#include "bench/limit/sqlite_database.h"

#include <unistd.h>

#include <stdexcept>

namespace kith::limit {
namespace {

// Room for the indexes' right ends and, as kithd has it, for a good part of a million messages.
constexpr const char* kPragmas =
    "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 0;";

// As kithd has it: SQLite's count of its own memory, which nobody asks for, takes a lock at every
// allocation. It can be chosen before SQLite is used for the first time.
void count_no_memory() {
  static const int outcome = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  if (outcome != SQLITE_OK) throw std::runtime_error("sqlite: it was used before it was set up");
}

}  // namespace

void SqliteFiles::remove(const std::string& name) {
  for (const char* suffix : {"", "-wal", "-shm"}) ::unlink((name + suffix).c_str());
}

SqliteDatabase::SqliteDatabase(const std::string& file, const char* tables) {
  count_no_memory();
  SqliteFiles::remove(file);
  check(sqlite3_open_v2(file.c_str(), &database_,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr));
  run(kPragmas);
  run(tables);
  begin_ = prepare("BEGIN IMMEDIATE");
  commit_ = prepare("COMMIT");
  // Behind the pragmas: setting wal_autocheckpoint takes the hook away.
  sqlite3_wal_hook(
      database_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteDatabase*>(self)->committed(pages);
        return SQLITE_OK;
      },
      this);
}

SqliteDatabase::~SqliteDatabase() {
  for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

void SqliteDatabase::check(int code) {
  if (code == SQLITE_OK || code == SQLITE_DONE) return;
  throw std::runtime_error(std::string("sqlite: ") + sqlite3_errmsg(database_));
}

void SqliteDatabase::run(const char* sql) {
  check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr));
}

sqlite3_stmt* SqliteDatabase::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
  statements_.push_back(statement);
  return statement;
}

void SqliteDatabase::step(sqlite3_stmt* statement) {
  check(sqlite3_step(statement));
  check(sqlite3_reset(statement));
}

void SqliteDatabase::bind(sqlite3_stmt* statement, int index, std::int64_t value) {
  check(sqlite3_bind_int64(statement, index, value));
}

void SqliteDatabase::bind(sqlite3_stmt* statement, int index, const std::string& text) {
  check(sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()),
                          SQLITE_STATIC));
}

void SqliteDatabase::committed(int pages) {
  // Fewer than before: the log began anew after a checkpoint.
  pages_written_ += pages >= wal_pages_ ? pages - wal_pages_ : pages;
  wal_pages_ = pages;
}

void SqliteDatabase::checkpoint() {
  check(sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr));
  wal_pages_ = 0;
}

std::int64_t SqliteDatabase::count(const char* select) {
  sqlite3_stmt* statement = prepare(select);
  if (sqlite3_step(statement) != SQLITE_ROW) check(sqlite3_errcode(database_));
  const std::int64_t number = sqlite3_column_int64(statement, 0);
  check(sqlite3_reset(statement));
  return number;
}

}  // namespace kith::limit
