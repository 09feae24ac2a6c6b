// The part of sql_streaks that time does: streaks come into danger, and end.
#include <algorithm>

#include "storage/sql_calendar.h"
#include "storage/sql_membership.h"
#include "storage/sql_streaks.h"

namespace kith {
namespace {

// Of a transaction: what waits behind it waits for some milliseconds.
constexpr int kStreaksAtOnce = 100;

struct DueStreak {
  UserKey user{};
  std::string type;
};

std::vector<DueStreak> due_streaks(SqlConnection& db, WallTime now) {
  std::vector<DueStreak> due;
  auto rows = db.query(
      "SELECT user_id, streak_type FROM streaks WHERE due_at <= $1 ORDER BY due_at LIMIT $2", now,
      kStreaksAtOnce);
  while (rows.next()) {
    due.push_back({.user = UserKey{rows.integer(0)}, .type = std::string(rows.text(1))});
  }
  std::ranges::sort(due, {}, &DueStreak::user);
  return due;
}

}  // namespace

std::optional<WallTime> first_streak_due(SqlConnection& db, WallTime now) {
  auto row = db.query("SELECT due_at FROM streaks WHERE due_at <= $1 ORDER BY due_at LIMIT 1", now);
  return row.next() ? std::optional(row.time(0)) : std::nullopt;
}

Result<RewardUpkeep> roll_over_streaks(WriteContext& context, WallTime now) {
  const std::vector<DueStreak> due = due_streaks(context.db, now);
  std::vector<ChannelKey> channels;
  for (const DueStreak& streak : due) {
    channels.push_back(ChannelKey{static_cast<std::int64_t>(streak.user)});
  }
  touch_channels(context, std::move(channels));
  RewardUpkeep done;
  for (const DueStreak& streak : due) {
    const auto id = context.user_id(streak.user);
    if (!id) continue;
    const Calendar calendar = load_calendar(context.db, streak.user);
    RewardJob job{.context = context,
                  .rules = *context.rewards,
                  .user = {.key = streak.user, .id = *id},
                  .calendar = calendar,
                  .now = now,
                  .events = done.events,
                  .boards = done.boards};
    settle_streak(job, streak.type);
  }
  done.more = due.size() == kStreaksAtOnce;
  return done;
}

}  // namespace kith
