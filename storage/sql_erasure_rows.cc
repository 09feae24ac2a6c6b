// The steps of an erasure that delete rows which are the user's alone, some hundred at a time.
#include <array>

#include "storage/sql_erasure_steps.h"

namespace kith {
namespace {

constexpr int kErasedAtOnce = 500;

// $1 the user, $2 how many at once. In this order: who refers to another goes first.
constexpr std::array kDeletions = {
    "DELETE FROM refresh_tokens WHERE hash IN (SELECT t.hash FROM sessions s "
    "JOIN refresh_tokens t ON t.session_id = s.id WHERE s.user_id = $1 LIMIT $2)",
    "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM account_tokens WHERE hash IN "
    "(SELECT hash FROM account_tokens WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM user_blocks WHERE (blocker_id, blocked_id) IN "
    "(SELECT blocker_id, blocked_id FROM user_blocks WHERE blocker_id = $1 LIMIT $2)",
    "DELETE FROM user_blocks WHERE (blocker_id, blocked_id) IN "
    "(SELECT blocker_id, blocked_id FROM user_blocks WHERE blocked_id = $1 LIMIT $2)",
    "UPDATE message_reports SET reason = '' WHERE id IN "
    "(SELECT id FROM message_reports WHERE reporter_id = $1 AND reason <> '' LIMIT $2)",
    "DELETE FROM channel_reads WHERE (channel_id, user_id) IN "
    "(SELECT channel_id, user_id FROM channel_reads WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM club_broadcast_places WHERE (channel_id, seq) IN "
    "(SELECT channel_id, seq FROM club_broadcast_places WHERE channel_id = $1 LIMIT $2)",
    "DELETE FROM calendars WHERE user_id IN (SELECT user_id FROM calendars WHERE user_id = $1 "
    "LIMIT $2)",
    "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM notifications WHERE id IN "
    "(SELECT id FROM notifications WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM notification_marks WHERE user_id IN "
    "(SELECT user_id FROM notification_marks WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM notification_settings WHERE user_id IN "
    "(SELECT user_id FROM notification_settings WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM notification_choices WHERE (user_id, type) IN "
    "(SELECT user_id, type FROM notification_choices WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM activities WHERE (user_id, origin, idempotency_key) IN "
    "(SELECT user_id, origin, idempotency_key FROM activities WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM activity_days WHERE (user_id, kind, day) IN "
    "(SELECT user_id, kind, day FROM activity_days WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM activity_totals WHERE (user_id, kind) IN "
    "(SELECT user_id, kind FROM activity_totals WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM streaks WHERE (user_id, streak_type) IN "
    "(SELECT user_id, streak_type FROM streaks WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM user_scores WHERE (user_id, category) IN "
    "(SELECT user_id, category FROM user_scores WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM score_days WHERE (user_id, category, day) IN "
    "(SELECT user_id, category, day FROM score_days WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM user_badges WHERE (user_id, badge_code) IN "
    "(SELECT user_id, badge_code FROM user_badges WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM user_zones WHERE (user_id, from_at) IN "
    "(SELECT user_id, from_at FROM user_zones WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM idempotency_keys WHERE (user_id, path, key) IN "
    "(SELECT user_id, path, key FROM idempotency_keys WHERE user_id = $1 LIMIT $2)",
    // Again, of requests that were under way when the account went.
    "DELETE FROM user_profiles WHERE user_id IN "
    "(SELECT user_id FROM user_profiles WHERE user_id = $1 LIMIT $2)",
    "DELETE FROM user_interests WHERE (interest, user_id) IN "
    "(SELECT interest, user_id FROM user_interests WHERE user_id = $1 LIMIT $2)",
    "UPDATE users SET display_name = '', bio = '', city = '', avatar_url = '', "
    "time_zone = 'UTC', last_active_at = NULL WHERE id IN (SELECT id FROM users WHERE id = $1 "
    "AND (display_name <> '' OR bio <> '' OR city <> '' OR avatar_url <> '' "
    "OR time_zone <> 'UTC' OR last_active_at IS NOT NULL) LIMIT $2)",
};

}  // namespace

// The position is the place in the list.
bool delete_rows(ErasureJob& job) {
  const auto index = static_cast<std::size_t>(job.position);
  if (index >= kDeletions.size()) return true;
  const std::int64_t rows = job.context.db.execute(kDeletions[index], job.actor.key, kErasedAtOnce);
  if (rows < kErasedAtOnce) ++job.position;
  return false;
}

// Nobody follows the channel any more, and none can: its log ends up empty, as though trimmed.
bool empty_own_log(ErasureJob& job) {
  SqlConnection& db = job.context.db;
  const ChannelKey own{static_cast<std::int64_t>(job.actor.key)};
  std::vector<Position> rows;
  ChannelHead last{.channel = own, .seq = 0};
  {
    auto found = db.query(
        "SELECT position, seq FROM channel_log WHERE channel_id = $1 ORDER BY seq LIMIT $2", own,
        kErasedAtOnce);
    while (found.next()) {
      rows.push_back(static_cast<Position>(found.integer(0)));
      last.seq = static_cast<Seq>(found.integer(1));
    }
  }
  if (rows.empty()) return true;
  db.raise_trimmed(std::span(&last, 1));
  db.delete_log_rows(rows);
  return rows.size() < kErasedAtOnce;
}

}  // namespace kith
