#include "bench/limit/sqlite_store.h"

namespace kith::limit {
namespace {

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
    : SqliteDatabase(file, kTables), touched_(static_cast<std::size_t>(channels) + 1) {
  insert_ = prepare("INSERT INTO chat_messages VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  advance_ = prepare("UPDATE channels SET last_seq = ?1 WHERE id = ?2");
  begin();
  sqlite3_stmt* add = prepare("INSERT INTO channels VALUES(?1, 0)");
  for (int id = 1; id <= channels; ++id) {
    bind(add, 1, id);
    step(add);
  }
  commit();
}

void SqliteStore::write(std::span<const SourceMessage> messages, const MessageSource& source) {
  begin();
  for (const SourceMessage& message : messages) {
    insert(message, source.content());
    const auto channel = static_cast<std::size_t>(message.channel);
    if (touched_[channel]) continue;
    touched_[channel] = true;
    touched_list_.push_back(message.channel);
  }
  for (const std::int64_t channel : touched_list_) {
    touched_[static_cast<std::size_t>(channel)] = false;
    bind(advance_, 1, source.last_seq(channel));
    bind(advance_, 2, channel);
    step(advance_);
  }
  touched_list_.clear();
  commit();
}

void SqliteStore::insert(const SourceMessage& message, const std::string& content) {
  const std::string& client_id = message.client_message_id;
  check(sqlite3_bind_blob(insert_, 1, message.id.data(), static_cast<int>(message.id.size()),
                          SQLITE_STATIC));
  bind(insert_, 2, message.channel);
  bind(insert_, 3, message.seq);
  bind(insert_, 4, message.sender);
  bind(insert_, 5, client_id);
  bind(insert_, 6, content);
  bind(insert_, 7, message.sent_at_ms);
  step(insert_);
}

std::int64_t SqliteStore::count() {
  return SqliteDatabase::count("SELECT count(*) FROM chat_messages");
}

}  // namespace kith::limit
