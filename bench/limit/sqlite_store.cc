#include "bench/limit/sqlite_store.h"

#include <unistd.h>

#include <stdexcept>

namespace kith::limit {
namespace {

// Room for the indexes' right ends and, as kithd has it, for a good part of a million messages.
constexpr const char* kPragmas =
    "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 0;";

constexpr const char* kTables =
    "CREATE TABLE channels(id INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL);"
    "CREATE TABLE chat_messages("
    "  id BLOB NOT NULL,"
    "  chat_id INTEGER NOT NULL,"
    "  seq INTEGER NOT NULL,"
    "  sender_id INTEGER NOT NULL,"
    "  client_message_id TEXT NOT NULL,"
    "  content TEXT NOT NULL,"
    "  sent_at INTEGER NOT NULL,"
    "  UNIQUE(chat_id, seq),"
    "  UNIQUE(client_message_id, sender_id, chat_id));";

}  // namespace

SqliteStore::SqliteStore(const std::string& file, int channels)
    : touched_(static_cast<std::size_t>(channels) + 1) {
  for (const char* suffix : {"", "-wal", "-shm"}) ::unlink((file + suffix).c_str());
  check(sqlite3_open_v2(file.c_str(), &database_,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr));
  run(kPragmas);
  run(kTables);
  begin_ = prepare("BEGIN IMMEDIATE");
  commit_ = prepare("COMMIT");
  insert_ = prepare("INSERT INTO chat_messages VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  advance_ = prepare("UPDATE channels SET last_seq = ?1 WHERE id = ?2");
  run("BEGIN");
  sqlite3_stmt* add = prepare("INSERT INTO channels VALUES(?1, 0)");
  for (int id = 1; id <= channels; ++id) {
    check(sqlite3_bind_int(add, 1, id));
    step(add);
  }
  run("COMMIT");
  // Last: setting wal_autocheckpoint takes the hook away.
  sqlite3_wal_hook(
      database_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteStore*>(self)->committed(pages);
        return SQLITE_OK;
      },
      this);
}

SqliteStore::~SqliteStore() {
  for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

void SqliteStore::check(int code) {
  if (code == SQLITE_OK || code == SQLITE_DONE) return;
  throw std::runtime_error(std::string("sqlite: ") + sqlite3_errmsg(database_));
}

void SqliteStore::run(const char* sql) {
  check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr));
}

sqlite3_stmt* SqliteStore::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
  statements_.push_back(statement);
  return statement;
}

void SqliteStore::step(sqlite3_stmt* statement) {
  check(sqlite3_step(statement));
  check(sqlite3_reset(statement));
}

void SqliteStore::write(std::span<const SourceMessage> messages, const MessageSource& source) {
  step(begin_);
  for (const SourceMessage& message : messages) {
    insert(message, source.content());
    const auto channel = static_cast<std::size_t>(message.channel);
    if (touched_[channel]) continue;
    touched_[channel] = true;
    touched_list_.push_back(message.channel);
  }
  for (const std::int64_t channel : touched_list_) {
    touched_[static_cast<std::size_t>(channel)] = false;
    check(sqlite3_bind_int64(advance_, 1, source.last_seq(channel)));
    check(sqlite3_bind_int64(advance_, 2, channel));
    step(advance_);
  }
  touched_list_.clear();
  step(commit_);
}

void SqliteStore::insert(const SourceMessage& message, const std::string& content) {
  const std::string& client_id = message.client_message_id;
  check(sqlite3_bind_blob(insert_, 1, message.id.data(), static_cast<int>(message.id.size()),
                          SQLITE_STATIC));
  check(sqlite3_bind_int64(insert_, 2, message.channel));
  check(sqlite3_bind_int64(insert_, 3, message.seq));
  check(sqlite3_bind_int64(insert_, 4, message.sender));
  check(sqlite3_bind_text(insert_, 5, client_id.data(), static_cast<int>(client_id.size()),
                          SQLITE_STATIC));
  check(sqlite3_bind_text(insert_, 6, content.data(), static_cast<int>(content.size()),
                          SQLITE_STATIC));
  check(sqlite3_bind_int64(insert_, 7, message.sent_at_ms));
  step(insert_);
}

void SqliteStore::committed(int pages) {
  // Fewer than before: the log began anew after a checkpoint.
  pages_written_ += pages >= wal_pages_ ? pages - wal_pages_ : pages;
  wal_pages_ = pages;
}

void SqliteStore::checkpoint() {
  check(sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr));
  wal_pages_ = 0;
}

std::int64_t SqliteStore::count() {
  sqlite3_stmt* statement = prepare("SELECT count(*) FROM chat_messages");
  if (sqlite3_step(statement) != SQLITE_ROW) check(sqlite3_errcode(database_));
  const std::int64_t rows = sqlite3_column_int64(statement, 0);
  check(sqlite3_reset(statement));
  return rows;
}

}  // namespace kith::limit
