// What SQLite's SQL says differently from Postgres' (sql_connection.h), for one process with one
// writing connection.
#include "storage/sqlite_connection.h"

namespace kith {
namespace {

// SQLite has Postgres' octet_length only from 3.43 on.
void octet_length(sqlite3_context* context, int, sqlite3_value** values) {
  if (sqlite3_value_type(values[0]) == SQLITE_NULL) return sqlite3_result_null(context);
  sqlite3_result_int(context, sqlite3_value_bytes(values[0]));
}

}  // namespace

bool SqliteConnection::add_functions() {
  const int code =
      sqlite3_create_function_v2(database_, "octet_length", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                 nullptr, octet_length, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
  return code == SQLITE_OK;
}

void SqliteConnection::begin_write() {
  execute("BEGIN IMMEDIATE");
}

void SqliteConnection::begin_read(Snapshot) {
  execute("BEGIN");
}

void SqliteConnection::commit() {
  execute("COMMIT");
}

void SqliteConnection::rollback() {
  execute("ROLLBACK");
}

std::optional<Seq> SqliteConnection::lock_head(ChannelKey channel) {
  auto rows = query("SELECT last_seq FROM channels WHERE id = $1", channel);
  if (!rows.next()) return std::nullopt;
  return static_cast<Seq>(rows.integer(0));
}

void SqliteConnection::raise_heads(std::span<const ChannelHead> heads) {
  for (const ChannelHead& head : heads) {
    execute("UPDATE channels SET last_seq = $1 WHERE id = $2", head.seq, head.channel);
  }
}

void SqliteConnection::raise_delivered(std::span<const DeliveredRow> rows) {
  for (const DeliveredRow& row : rows) {
    execute(
        "UPDATE chat_participants SET delivered_seq = $1 "
        "WHERE chat_id = $2 AND user_id = $3 AND delivered_seq < $1",
        row.seq, row.chat, row.user);
  }
}

void SqliteConnection::raise_trimmed(std::span<const ChannelHead> heads) {
  for (const ChannelHead& head : heads) {
    execute("UPDATE channels SET trimmed_seq = $1 WHERE id = $2 AND trimmed_seq < $1", head.seq,
            head.channel);
  }
}

void SqliteConnection::delete_log_rows(std::span<const Position> positions) {
  for (const Position position : positions) {
    execute("DELETE FROM channel_log WHERE position = $1", position);
  }
}

Position SqliteConnection::settled_position() {
  auto rows = query(
      "SELECT max(coalesce((SELECT max(position) FROM chat_messages), 0),"
      " coalesce((SELECT max(position) FROM channel_log), 0))");
  return rows.next() ? static_cast<Position>(rows.integer(0)) : 0;
}

}  // namespace kith
