#include "storage/sql_delivery.h"

#include <algorithm>

#include "engine/ports/account_recovery.h"
#include "storage/sql_account_tokens.h"
#include "storage/sql_preferences.h"
#include "storage/sql_streaks.h"

namespace kith {
namespace {

constexpr std::uint32_t kDigestNoticesMax = 50;
constexpr std::uint32_t kDigestCountMax = 1000;
// Mails about an account within a token's lifetime, over all nodes.
constexpr std::int64_t kAccountMailsMax = 5;

struct Addressee {
  UserKey key{};
  UserId id;
  std::string email;
  std::string display_name;
  bool verified = false;
  NotificationId mark;  // everything up to it is read
};

#define KITH_ADDRESSEE                                                                     \
  "SELECT u.id, c.public_id, u.email, u.display_name, u.email_verified_at, m.read_id FROM" \
  " users u JOIN channels c ON c.id = u.id"                                                \
  " LEFT JOIN notification_marks m ON m.user_id = u.id WHERE u.deleted_at IS NULL AND "

std::optional<Addressee> read_addressee(SqlCursor row) {
  if (!row.next()) return std::nullopt;
  return Addressee{.key = UserKey{row.integer(0)},
                   .id = UserId{row.uuid(1)},
                   .email = std::string(row.text(2)),
                   .display_name = std::string(row.text(3)),
                   .verified = !row.is_null(4),
                   .mark = NotificationId{row.uuid(5)}};
}

Delivery delivery_to(const Addressee& to, const ClaimedRow& row) {
  return {.row = row.row,
          .attempt = row.attempt,
          .id = row.id,
          .kind = row.kind,
          .user = to.id,
          .display_name = to.display_name,
          .email = to.email,
          .created_at = row.created_at};
}

NotificationRecord read_notice(const SqlCursor& row) {
  return {.id = NotificationId{row.uuid(0)},
          .type = std::string(row.text(1)),
          .payload_json = std::string(row.text(2)),
          .created_at = row.time(3)};
}

// What decides, when it is to go, whether a notification is sent: as things are by then.
struct Wishes {
  OutgoingChannel channel{};
  NoticePreferences preferences{};
  std::vector<std::string> warnings{};  // in force

  bool want(const NotificationRecord& notice) const {
    if (mode_of(preferences, notice.type, channel) == NoticeMode::off) return false;
    if (notice.type != kStreakWarning) return true;
    return std::ranges::any_of(
        warnings, [&](const std::string& begin) { return notice.payload_json.starts_with(begin); });
  }
};

std::optional<Delivery> notice_delivery(SqlConnection& db, const Wishes& wishes,
                                        const Addressee& to, const ClaimedRow& row) {
  if (row.first <= to.mark) return std::nullopt;
  auto found = db.query(
      "SELECT public_id, type, payload, created_at FROM notifications"
      " WHERE user_id = $1 AND public_id = $2 AND read_at IS NULL",
      to.key, row.first);
  if (!found.next()) return std::nullopt;
  Delivery out = delivery_to(to, row);
  out.notices.push_back(read_notice(found));
  if (!wishes.want(out.notices.front())) return std::nullopt;
  return out;
}

// The first attempt says how far it goes: what comes later is the next one's.
NotificationId close_digest(SqlConnection& db, const Addressee& to, const ClaimedRow& row) {
  if (row.until != NotificationId{}) return row.until;
  NotificationId until = row.first;
  {
    auto newest = db.query(
        "SELECT public_id FROM notifications WHERE user_id = $1 ORDER BY public_id DESC LIMIT 1",
        to.key);
    if (newest.next()) until = NotificationId{newest.uuid(0)};
  }
  db.execute("UPDATE outbox SET until_id = $1 WHERE id = $2", until, row.row);
  return until;
}

std::optional<Delivery> digest_delivery(SqlConnection& db, const Wishes& wishes,
                                        const Addressee& to, const ClaimedRow& row) {
  const NotificationId until = close_digest(db, to, row);
  const int bit = 1 << static_cast<int>(wishes.channel);
  Delivery out = delivery_to(to, row);
  std::uint32_t count = 0;
  auto rows = db.query(
      "SELECT public_id, type, payload, created_at FROM notifications WHERE user_id = $1"
      " AND public_id >= $2 AND public_id <= $3 AND public_id > $4 AND read_at IS NULL"
      " AND (held & $5) <> 0 ORDER BY public_id LIMIT $6",
      to.key, row.first, until, to.mark, bit, kDigestCountMax);
  while (rows.next()) {
    NotificationRecord notice = read_notice(rows);
    if (!wishes.want(notice)) continue;
    if (++count <= kDigestNoticesMax) out.notices.push_back(std::move(notice));
  }
  if (count == 0) return std::nullopt;
  out.more = count - static_cast<std::uint32_t>(out.notices.size());
  return out;
}

std::optional<Delivery> account_delivery(WriteContext& context, const ClaimRequest& request,
                                         const Addressee& to, const ClaimedRow& row) {
  // Whoever asked has given up or asked again.
  if (request.now - row.created_at > kAccountTokenLifetime) return std::nullopt;
  if (row.kind == OutgoingKind::verify_email && to.verified) return std::nullopt;
  if (row.attempt == 1 &&
      count_account_tokens(context.db, to.key, row.kind, request.now) >= kAccountMailsMax) {
    return std::nullopt;
  }
  Delivery out = delivery_to(to, row);
  out.token = make_account_token(context, to.key, row.kind, request.now);
  return out;
}

MadeDelivery make_notices(SqlConnection& db, const ClaimRequest& request, const Addressee& to,
                          const ClaimedRow& row) {
  if (request.channel == OutgoingChannel::email && !to.verified) return {};
  auto preferences = read_preferences(db, to.key);
  if (!preferences) return {};  // the connection has failed: so does the transaction
  const Wishes wishes{.channel = request.channel,
                      .preferences = *std::move(preferences),
                      .warnings = warnings_in_force(db, to.key, request.now)};
  if (const auto until = quiet_end(wishes.preferences, request.now)) return {.held_until = until};
  if (row.kind == OutgoingKind::notice) return {.delivery = notice_delivery(db, wishes, to, row)};
  return {.delivery = digest_delivery(db, wishes, to, row)};
}

}  // namespace

MadeDelivery make_delivery(WriteContext& context, const ClaimRequest& request,
                           const ClaimedRow& row) {
  SqlConnection& db = context.db;
  const auto to = row.user
                      ? read_addressee(db.query(KITH_ADDRESSEE "u.id = $1", *row.user))
                      : read_addressee(db.query(KITH_ADDRESSEE "u.email_key = $1", row.email_key));
  if (!to) return {};
  switch (row.kind) {
    case OutgoingKind::notice:
    case OutgoingKind::digest:
      return make_notices(db, request, *to, row);
    case OutgoingKind::verify_email:
    case OutgoingKind::reset_password:
      return {.delivery = account_delivery(context, request, *to, row)};
    case OutgoingKind::content_check:  // lies in a queue of its own (sql_content_filter.h)
      break;
  }
  return {};
}

}  // namespace kith
