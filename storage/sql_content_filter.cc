#include "storage/sql_content_filter.h"

#include <sodium.h>

#include "storage/sql_chat_access.h"
#include "storage/sql_membership.h"
#include "storage/sql_moderation.h"

namespace kith {
namespace {

// Of the log, in one go. A large share of it may be no messages.
constexpr std::int64_t kTakenInMax = 1000;
// With so many waiting nothing more is taken in.
constexpr std::int64_t kWaitingMax = 10'000;

constexpr const char* kClaim =
    "WITH due AS MATERIALIZED (SELECT position FROM content_filter_queue WHERE due_at <= $1"
    " ORDER BY due_at LIMIT $2)"
    " UPDATE content_filter_queue SET attempts = attempts + 1, due_at = $3"
    " WHERE position IN (SELECT position FROM due)"
    " RETURNING position, message_id, created_at, attempts";
constexpr const char* kClaimAmongMany =
    "WITH due AS MATERIALIZED (SELECT position FROM content_filter_queue WHERE due_at <= $1"
    " ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)"
    " UPDATE content_filter_queue SET attempts = attempts + 1, due_at = $3"
    " WHERE position IN (SELECT position FROM due)"
    " RETURNING position, message_id, created_at, attempts";

std::optional<std::int64_t> read_mark(SqlConnection& db) {
  auto row = db.query("SELECT position FROM content_filter_mark WHERE id = 1");
  return row.next() ? row.maybe_integer(0) : std::nullopt;
}

bool has_more(SqlConnection& db, std::int64_t mark) {
  {
    auto row = db.query("SELECT 1 FROM chat_messages WHERE position > $1 LIMIT 1", mark);
    if (row.next()) return true;
  }
  auto row = db.query("SELECT 1 FROM channel_log WHERE position > $1 LIMIT 1", mark);
  return row.next();
}

std::uint32_t count_waiting(SqlConnection& db) {
  auto row = db.query("SELECT COUNT(*) FROM (SELECT 1 FROM content_filter_queue LIMIT $1) waiting",
                      kWaitingMax);
  return row.next() ? static_cast<std::uint32_t>(row.integer(0)) : 0;
}

void take_in(SqlConnection& db, WallTime now) {
  const auto settled = static_cast<std::int64_t>(db.settled_position());
  // Whoever else takes in at this moment waits here, and finds the mark moved.
  db.execute(
      "INSERT INTO content_filter_mark(id, position) VALUES(1, $1) "
      "ON CONFLICT(id) DO UPDATE SET position = content_filter_mark.position",
      settled);
  const std::int64_t mark = read_mark(db).value_or(settled);
  if (mark >= settled || count_waiting(db) >= kWaitingMax) return;
  const std::int64_t until = std::min(settled, mark + kTakenInMax);
  db.execute(
      "INSERT INTO content_filter_queue(position, message_id, due_at, created_at) "
      "SELECT position, position, CAST($1 AS BIGINT), sent_at FROM chat_messages "
      "WHERE position > $2 AND position <= $3",
      now, mark, until);
  db.execute(
      "INSERT INTO content_filter_queue(position, message_id, due_at, created_at) "
      "SELECT position, message_id, CAST($1 AS BIGINT), at FROM channel_log "
      "WHERE position > $2 AND position <= $3 AND type = 2",
      now, mark, until);
  db.execute("UPDATE content_filter_mark SET position = $1 WHERE id = 1", until);
}
static_assert(static_cast<int>(EventType::message_update) == 2);

struct ClaimedCheck {
  std::int64_t position = 0;
  std::int64_t message = 0;
  WallTime created_at{};
  std::uint32_t attempt = 0;
};

// The same in every attempt: it follows from what is to be judged.
DeliveryId delivery_id(const MessageId& message, std::int64_t position) {
  std::array<unsigned char, 24> about{};
  std::copy(message.uuid.begin(), message.uuid.end(), about.begin());
  for (std::size_t i = 0; i < 8; ++i) {
    about[16 + i] = static_cast<unsigned char>(static_cast<std::uint64_t>(position) >> (8 * i));
  }
  DeliveryId id;
  crypto_generichash(id.uuid.data(), id.uuid.size(), about.data(), about.size(), nullptr, 0);
  return id;
}

// Nothing: it is gone, there is nothing to be judged.
std::optional<Delivery> make_check(SqlConnection& db, const ClaimedCheck& check) {
  auto row = db.query(
      "SELECT m.id, h.public_id, s.public_id, m.content, m.moderation_status FROM chat_messages m "
      "JOIN channels h ON h.id = m.chat_id JOIN channels s ON s.id = m.sender_id "
      "WHERE m.position = $1",
      check.message);
  if (!row.next() || row.is_null(3)) return std::nullopt;
  // What its sender hid may be shown again by its sender: it is judged like what is visible.
  const auto hidden = static_cast<HiddenBy>(row.integer(4));
  if (hidden != HiddenBy::no && hidden != HiddenBy::sender) return std::nullopt;
  Delivery out;
  out.row = check.position;
  out.attempt = check.attempt;
  out.kind = OutgoingKind::content_check;
  out.created_at = check.created_at;
  out.checked = CheckedMessage{.chat = ChatId{row.uuid(1)},
                               .message = MessageId{row.uuid(0)},
                               .sender = UserId{row.uuid(2)},
                               .edited = check.position != check.message,
                               .content = std::string(row.text(3))};
  out.id = delivery_id(out.checked->message, check.position);
  return out;
}

// What is to be hidden, in the order that its chats are taken in.
struct Hiding {
  ChannelKey chat{};
  Moderate request;
  WallTime at{};
};

std::optional<Hiding> hiding_of(SqlConnection& db, const Settlement& settlement) {
  auto row = db.query(
      "SELECT m.chat_id, h.public_id, m.id FROM content_filter_queue q "
      "JOIN chat_messages m ON m.position = q.message_id JOIN channels h ON h.id = m.chat_id "
      "WHERE q.position = $1 AND q.attempts = $2",
      settlement.row, settlement.attempt);
  if (!row.next()) return std::nullopt;
  Hiding out{.chat = ChannelKey{row.integer(0)}, .request = {}, .at = settlement.at};
  out.request.chat = ChatId{row.uuid(1)};
  out.request.message = MessageId{row.uuid(2)};
  out.request.action = command::ModerationAction::hide;
  out.request.reason = *settlement.hide;
  return out;
}

Status hide_all(WriteContext& context, const std::vector<Hiding>& all) {
  std::vector<ChannelKey> chats;
  for (const Hiding& one : all) chats.push_back(one.chat);
  touch_channels(context, std::move(chats));
  for (const Hiding& one : all) {
    const auto done = moderate_for_server(context, std::nullopt, one.at, one.request);
    const bool gone = !done && (done.error().code == ErrorCode::conflict ||
                                done.error().code == ErrorCode::not_found);
    if (!done && !gone) return done.error();
  }
  return Nothing{};
}

}  // namespace

Result<OutboxLook> look_at_content_filter(SqlConnection& db) {
  OutboxLook out;
  {
    auto row = db.query("SELECT due_at FROM content_filter_queue ORDER BY due_at LIMIT 1");
    if (row.next()) out.next_due = row.time(0);
  }
  out.waiting = count_waiting(db);
  const auto mark = read_mark(db);
  // Something to be taken in is due now.
  if (!mark || (out.waiting < kWaitingMax && has_more(db, *mark))) out.next_due = WallTime{};
  return out;
}

Result<ClaimedDeliveries> claim_content_checks(WriteContext& context, const ClaimRequest& request) {
  SqlConnection& db = context.db;
  take_in(db, request.now);
  std::vector<ClaimedCheck> claimed;
  {
    auto rows = db.query(db.is_shared() ? kClaimAmongMany : kClaim, request.now, request.limit,
                         request.lease_until);
    while (rows.next()) {
      claimed.push_back({.position = rows.integer(0),
                         .message = rows.integer(1),
                         .created_at = rows.time(2),
                         .attempt = static_cast<std::uint32_t>(rows.integer(3))});
    }
  }
  ClaimedDeliveries out;
  for (const ClaimedCheck& check : claimed) {
    if (auto delivery = make_check(db, check)) {
      out.deliveries.push_back(*std::move(delivery));
      continue;
    }
    db.execute("DELETE FROM content_filter_queue WHERE position = $1", check.position);
    ++out.moot;
  }
  return out;
}

Status settle_content_checks(WriteContext& context, const std::vector<Settlement>& settlements) {
  SqlConnection& db = context.db;
  std::vector<Hiding> hidings;
  for (const Settlement& one : settlements) {
    if (!one.hide) continue;
    if (auto hiding = hiding_of(db, one)) hidings.push_back(*std::move(hiding));
  }
  if (const Status hidden = hide_all(context, hidings); !hidden) return hidden;
  for (const Settlement& one : settlements) {
    if (one.outcome == OutgoingOutcome::retry) {
      db.execute(
          "UPDATE content_filter_queue SET due_at = $1 WHERE position = $2 AND attempts = $3",
          one.at, one.row, one.attempt);
    } else {
      db.execute("DELETE FROM content_filter_queue WHERE position = $1 AND attempts = $2", one.row,
                 one.attempt);
    }
  }
  return Nothing{};
}

}  // namespace kith
