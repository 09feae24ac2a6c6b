// What Postgres' SQL says differently from SQLite's (sql_connection.h), for many processes.
//
// Positions are drawn from a sequence before the transaction that uses them commits, so the order
// in which rows appear is not theirs. What a look at the heads may rely on is therefore published:
// whoever is about to draw first reads the last position given out and holds a shared advisory lock
// named after it until their transaction has ended; all that they draw afterwards is greater. A
// look reads the last position given out, then the lowest one that is published, and takes the
// lesser: of everything at or before it, the transactions have ended, and their rows (an ended
// transaction is visible before its locks go) are seen by the next statement. Who publishes after
// the look has read the locks draws only numbers behind the one that it had read first.
#include "storage/postgres_connection.h"

namespace kith {
namespace {

// 19280: "KP" in front of the position, where no other lock of ours is.
constexpr const char* kMarkPosition =
    "SELECT pg_advisory_xact_lock_shared((19280::bigint << 48) | last_value) FROM log_positions";
constexpr const char* kDrawPosition = "SELECT nextval('log_positions')";
constexpr const char* kLastPosition = "SELECT last_value FROM log_positions";
constexpr const char* kLowestMark =
    "SELECT min(((classid::bigint & 65535) << 32) | objid::bigint) FROM pg_locks"
    " WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = 19280"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

constexpr const char* kRaiseDelivered =
    "WITH held AS MATERIALIZED (SELECT p.chat_id, p.user_id, m.seq FROM"
    " (SELECT chat, member, max(seq) AS seq FROM unnest($1, $2, $3) AS w(chat, member, seq)"
    " GROUP BY chat, member) m"
    " JOIN chat_participants p ON p.chat_id = m.chat AND p.user_id = m.member"
    " WHERE p.delivered_seq < m.seq ORDER BY p.chat_id, p.user_id FOR UPDATE OF p)"
    " UPDATE chat_participants p SET delivered_seq = h.seq FROM held h"
    " WHERE p.chat_id = h.chat_id AND p.user_id = h.user_id AND p.delivered_seq < h.seq";

constexpr const char* kRaiseTrimmed =
    "WITH held AS MATERIALIZED (SELECT c.id, w.seq FROM"
    " (SELECT id, max(seq) AS seq FROM unnest($1, $2) AS w(id, seq) GROUP BY id) w"
    " JOIN channels c ON c.id = w.id WHERE c.trimmed_seq < w.seq ORDER BY c.id FOR UPDATE OF c)"
    " UPDATE channels c SET trimmed_seq = h.seq FROM held h WHERE c.id = h.id";

}  // namespace

std::optional<Seq> PostgresConnection::lock_head(ChannelKey channel) {
  auto rows = query("SELECT last_seq FROM channels WHERE id = $1 FOR UPDATE", channel);
  if (!rows.next()) return std::nullopt;
  return static_cast<Seq>(rows.integer(0));
}

void PostgresConnection::raise_heads(std::span<const ChannelHead> heads) {
  if (heads.empty()) return;
  PostgresArray channels(PostgresType::int8);
  PostgresArray seqs(PostgresType::int8);
  channels.start(heads.size());
  seqs.start(heads.size());
  for (const ChannelHead& head : heads) {
    channels.add(static_cast<std::int64_t>(head.channel));
    seqs.add(static_cast<std::int64_t>(head.seq));
  }
  send("UPDATE channels c SET last_seq = h.seq FROM unnest($1, $2) AS h(id, seq) WHERE c.id = h.id",
       {{&channels.data(), channels.type()}, {&seqs.data(), seqs.type()}});
  exchange();
}

bool PostgresConnection::claim_upkeep() {
  auto rows = query("SELECT pg_try_advisory_xact_lock(19276::bigint << 48)::int");
  return rows.next() && rows.integer(0) == 1;
}

void PostgresConnection::raise_trimmed(std::span<const ChannelHead> heads) {
  if (heads.empty()) return;
  PostgresArray channels(PostgresType::int8);
  PostgresArray seqs(PostgresType::int8);
  channels.start(heads.size());
  seqs.start(heads.size());
  for (const ChannelHead& head : heads) {
    channels.add(static_cast<std::int64_t>(head.channel));
    seqs.add(static_cast<std::int64_t>(head.seq));
  }
  send(kRaiseTrimmed, {{&channels.data(), channels.type()}, {&seqs.data(), seqs.type()}});
  exchange();
}

void PostgresConnection::delete_log_rows(std::span<const Position> positions) {
  if (positions.empty()) return;
  PostgresArray all(PostgresType::int8);
  all.start(positions.size());
  for (const Position position : positions) all.add(static_cast<std::int64_t>(position));
  send("DELETE FROM channel_log WHERE position = ANY($1)", {{&all.data(), all.type()}});
  exchange();
}

void PostgresConnection::mark_position() {
  if (std::exchange(position_marked_, true)) return;
  send(kMarkPosition, {});
}

// One round trip for all of them; the rows are locked in the order of their keys, since other nodes
// do the same.
void PostgresConnection::raise_delivered(std::span<const DeliveredRow> rows) {
  if (rows.empty()) return;
  PostgresArray chats(PostgresType::int8);
  PostgresArray users(PostgresType::int8);
  PostgresArray seqs(PostgresType::int8);
  for (PostgresArray* column : {&chats, &users, &seqs}) column->start(rows.size());
  for (const DeliveredRow& row : rows) {
    chats.add(static_cast<std::int64_t>(row.chat));
    users.add(static_cast<std::int64_t>(row.user));
    seqs.add(static_cast<std::int64_t>(row.seq));
  }
  send(kRaiseDelivered,
       {{&chats.data(), chats.type()}, {&users.data(), users.type()}, {&seqs.data(), seqs.type()}});
  exchange();
}

std::optional<Position> PostgresConnection::draw_position() {
  mark_position();
  send(kDrawPosition, {});
  const auto results = exchange();
  if (failure_) return std::nullopt;
  return static_cast<Position>(integer_of(results.back().get(), 0, 0));
}

Position PostgresConnection::settled_position() {
  std::int64_t last = 0;
  {
    auto rows = query(kLastPosition);
    if (rows.next()) last = rows.integer(0);
  }
  auto rows = query(kLowestMark);
  if (rows.next()) last = std::min(last, rows.maybe_integer(0).value_or(last));
  return static_cast<Position>(last);
}

// Shared with those who verify; one who appends waits for all others who do.
void PostgresConnection::lock_audit_log() {
  execute("SELECT pg_advisory_xact_lock(19265::bigint << 48)");
}

void PostgresConnection::lock_boards() {
  execute("SELECT pg_advisory_xact_lock(19266::bigint << 48)");
}

void PostgresConnection::set_lock_timeout(std::chrono::milliseconds timeout) {
  execute("SELECT set_config('lock_timeout', $1, true)", std::to_string(timeout.count()));
}

}  // namespace kith
