#include "storage/sql_outbox.h"

#include "storage/sql_accounts.h"
#include "storage/sql_content_filter.h"
#include "storage/sql_delivery.h"
#include "storage/sql_notices.h"
#include "storage/sql_preferences.h"

namespace kith {
namespace {

constexpr std::size_t kReasonBytesMax = 500;

constexpr const char* kClaimDelivery =
    "WITH due AS MATERIALIZED (SELECT id FROM outbox WHERE channel = $1 AND dead_at IS NULL"
    " AND due_at <= $2 ORDER BY due_at LIMIT $3)"
    " UPDATE outbox SET attempts = attempts + 1, due_at = $4 WHERE id IN (SELECT id FROM due)"
    " RETURNING id, public_id, kind, user_id, notification_id, until_id, email_key, created_at,"
    " attempts";
constexpr const char* kClaimDeliveryAmongMany =
    "WITH due AS MATERIALIZED (SELECT id FROM outbox WHERE channel = $1 AND dead_at IS NULL"
    " AND due_at <= $2 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)"
    " UPDATE outbox SET attempts = attempts + 1, due_at = $4 WHERE id IN (SELECT id FROM due)"
    " RETURNING id, public_id, kind, user_id, notification_id, until_id, email_key, created_at,"
    " attempts";

std::uint32_t count_of(SqlCursor rows) {
  return rows.next() ? static_cast<std::uint32_t>(rows.integer(0)) : 0;
}

// A digest that a channel's crowd or quiet hours made needs not hold it any more; one that the user
// wants is whole.
void leave_digests(SqlConnection& db, UserKey user, const NotificationId& id) {
  std::int64_t held = 0;
  std::string type;
  {
    auto row = db.query(
        "SELECT held, type FROM notifications WHERE user_id = $1 AND public_id = $2", user, id);
    if (!row.next() || row.integer(0) == 0) return;
    held = row.integer(0);
    type = row.text(1);
  }
  const auto preferences = read_preferences(db, user);
  if (!preferences) return;  // the connection has failed: so does the transaction
  std::int64_t left = held;
  for (const auto channel : {OutgoingChannel::web_hook, OutgoingChannel::email}) {
    if (mode_of(*preferences, type, channel) != NoticeMode::now) continue;
    left &= ~(std::int64_t{1} << static_cast<int>(channel));
  }
  if (left == held) return;
  db.execute("UPDATE notifications SET held = $1 WHERE user_id = $2 AND public_id = $3", left, user,
             id);
}

}  // namespace

void request_account_mail(WriteContext& context, OutgoingKind kind, std::string_view email,
                          WallTime now) {
  if (!context.outgoing.email) return;
  context.db.execute(
      "INSERT INTO outbox(public_id, channel, kind, email_key, created_at, due_at)"
      " VALUES($1, $2, $3, $4, $5, $6)",
      new_delivery_id(now), static_cast<int>(OutgoingChannel::email), static_cast<int>(kind),
      email_key_of(email), now, now);
}

Result<OutboxLook> look_at_outbox(SqlConnection& db, OutgoingChannel channel) {
  if (channel == OutgoingChannel::content_filter) return look_at_content_filter(db);
  const int number = static_cast<int>(channel);
  OutboxLook out;
  {
    auto row = db.query(
        "SELECT due_at FROM outbox WHERE channel = $1 AND dead_at IS NULL ORDER BY due_at LIMIT 1",
        number);
    if (row.next()) out.next_due = row.time(0);
  }
  out.waiting = count_of(db.query(
      "SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE channel = $1 AND dead_at IS NULL LIMIT $2)"
      " waiting",
      number, kOutboxCountMax));
  out.dead = count_of(db.query(
      "SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE channel = $1 AND dead_at IS NOT NULL"
      " LIMIT $2) dead",
      number, kOutboxCountMax));
  return out;
}

Result<ClaimedDeliveries> claim_outbox(WriteContext& context, const ClaimRequest& request) {
  if (request.channel == OutgoingChannel::content_filter) {
    return claim_content_checks(context, request);
  }
  SqlConnection& db = context.db;
  std::vector<ClaimedRow> claimed;
  {
    auto rows = db.query(db.is_shared() ? kClaimDeliveryAmongMany : kClaimDelivery,
                         static_cast<int>(request.channel), request.now, request.limit,
                         request.lease_until);
    while (rows.next()) {
      const auto user = rows.maybe_integer(3);
      claimed.push_back({.row = rows.integer(0),
                         .id = DeliveryId{rows.uuid(1)},
                         .kind = static_cast<OutgoingKind>(rows.integer(2)),
                         .user = user ? std::optional(UserKey{*user}) : std::nullopt,
                         .first = NotificationId{rows.uuid(4)},
                         .until = NotificationId{rows.uuid(5)},
                         .email_key = std::string(rows.text(6)),
                         .created_at = rows.time(7),
                         .attempt = static_cast<std::uint32_t>(rows.integer(8))});
    }
  }
  ClaimedDeliveries out;
  for (const ClaimedRow& row : claimed) {
    MadeDelivery made = make_delivery(context, request, row);
    if (made.delivery) {
      out.deliveries.push_back(*std::move(made.delivery));
    } else if (made.held_until) {  // that was no attempt: a digest that was open is so again
      db.execute("UPDATE outbox SET due_at = $1, attempts = attempts - 1 WHERE id = $2",
                 *made.held_until, row.row);
      ++out.held;
    } else {
      db.execute("DELETE FROM outbox WHERE id = $1", row.row);
      ++out.moot;
    }
  }
  return out;
}

Status settle_outbox(WriteContext& context, const std::vector<Settlement>& settlements) {
  std::vector<Settlement> checks;
  for (const Settlement& one : settlements) {
    if (one.channel == OutgoingChannel::content_filter) {
      checks.push_back(one);
      continue;
    }
    const std::string reason = one.reason.substr(0, kReasonBytesMax);
    switch (one.outcome) {
      case OutgoingOutcome::sent:
      case OutgoingOutcome::dropped:
        context.db.execute("DELETE FROM outbox WHERE id = $1 AND attempts = $2", one.row,
                           one.attempt);
        break;
      case OutgoingOutcome::retry:
        context.db.execute(
            "UPDATE outbox SET due_at = $1, error = $2 WHERE id = $3 AND attempts = $4", one.at,
            reason, one.row, one.attempt);
        break;
      case OutgoingOutcome::dead:
        context.db.execute(
            "UPDATE outbox SET dead_at = $1, error = $2 WHERE id = $3 AND attempts = $4", one.at,
            reason, one.row, one.attempt);
        break;
    }
  }
  return settle_content_checks(context, checks);
}

Status drop_seen(WriteContext& context, const std::vector<SeenNotice>& notices) {
  for (const SeenNotice& seen : notices) {
    const auto user = context.user_key(seen.user);
    if (!user) continue;
    context.db.execute(
        "DELETE FROM outbox WHERE user_id = $1 AND kind = 1 AND attempts = 0"
        " AND notification_id = $2",
        *user, seen.id);
    leave_digests(context.db, *user, seen.id);
  }
  return Nothing{};
}

}  // namespace kith
