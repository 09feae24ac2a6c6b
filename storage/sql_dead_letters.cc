#include "storage/sql_dead_letters.h"

#include <algorithm>

#include "protocol/json_writer.h"
#include "storage/sql_audit.h"

namespace kith {
namespace {

std::vector<OutgoingChannel> channels_of(std::optional<OutgoingChannel> channel) {
  if (channel) return {*channel};
  return {OutgoingChannel::web_hook, OutgoingChannel::email};
}

}  // namespace

Result<std::vector<DeadLetter>> list_dead_letters(SqlConnection& db,
                                                  std::optional<OutgoingChannel> channel,
                                                  std::uint32_t limit) {
  std::vector<DeadLetter> out;
  for (const OutgoingChannel one : channels_of(channel)) {
    auto rows = db.query(
        "SELECT o.public_id, o.kind, c.public_id, o.attempts, o.created_at, o.dead_at, o.error"
        " FROM outbox o LEFT JOIN channels c ON c.id = o.user_id"
        " WHERE o.channel = $1 AND o.dead_at IS NOT NULL ORDER BY o.dead_at DESC LIMIT $2",
        static_cast<int>(one), limit);
    while (rows.next()) {
      DeadLetter letter{.id = DeliveryId{rows.uuid(0)},
                        .channel = one,
                        .kind = static_cast<OutgoingKind>(rows.integer(1)),
                        .attempts = static_cast<std::uint32_t>(rows.integer(3)),
                        .created_at = rows.time(4),
                        .dead_at = rows.time(5)};
      if (!rows.is_null(2)) letter.user = UserId{rows.uuid(2)};
      if (!rows.is_null(6)) letter.reason = rows.text(6);
      out.push_back(std::move(letter));
    }
  }
  std::ranges::stable_sort(out, std::ranges::greater{}, &DeadLetter::dead_at);
  if (out.size() > limit) out.resize(limit);
  return out;
}

// The first attempt is taken for done: a digest that was sent once is closed, and stays so.
Result<RetriedLetters> retry_dead_letters(WriteContext& context, const Actor& by,
                                          std::optional<OutgoingChannel> channel) {
  SqlConnection& db = context.db;
  RetriedLetters out;
  for (const OutgoingChannel one : channels_of(channel)) {
    const std::int64_t room = std::int64_t{kOutboxCountMax} - out.count;
    out.count += static_cast<std::uint32_t>(
        db.execute("UPDATE outbox SET dead_at = NULL, error = NULL, attempts = 1, due_at = $1"
                   " WHERE id IN (SELECT id FROM outbox WHERE channel = $2"
                   " AND dead_at IS NOT NULL ORDER BY dead_at LIMIT $3)",
                   by.now, static_cast<int>(one), room));
  }
  out.more = out.count == kOutboxCountMax;
  std::string detail;
  JsonWriter json(detail);
  json.begin_object().field("count", std::int64_t{out.count});
  if (channel) json.field("channel", to_string(*channel));
  json.end_object();
  append_audit(
      db, {.at = by.now, .action = "outbox.retry", .user = by.key, .detail = std::move(detail)});
  return out;
}

}  // namespace kith
