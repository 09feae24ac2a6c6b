#include "storage/sql_rewards.h"

#include "storage/sql_badges.h"
#include "storage/sql_membership.h"
#include "storage/sql_scores.h"
#include "storage/sql_streaks.h"

namespace kith {
namespace {

DayCount count_day(SqlConnection& db, UserKey user, const Deed& deed) {
  auto row = db.query(
      "INSERT INTO activity_days(user_id, kind, day, times, total, first_at)"
      " VALUES($1, $2, $3, $4, $5, $6) ON CONFLICT(user_id, kind, day) DO UPDATE SET"
      " times = activity_days.times + excluded.times,"
      " total = activity_days.total + excluded.total,"
      " first_at = CASE WHEN excluded.first_at < activity_days.first_at"
      " THEN excluded.first_at ELSE activity_days.first_at END RETURNING times",
      user, deed.kind, deed.day, deed.times, deed.total, deed.at);
  return row.next() ? DayCount{.times = row.integer(0)} : DayCount{};
}

TotalCount count_total(SqlConnection& db, UserKey user, const Deed& deed) {
  auto row = db.query(
      "INSERT INTO activity_totals(user_id, kind, times, total) VALUES($1, $2, $3, $4)"
      " ON CONFLICT(user_id, kind) DO UPDATE SET times = activity_totals.times + excluded.times,"
      " total = activity_totals.total + excluded.total RETURNING times, total",
      user, deed.kind, deed.times, deed.total);
  return row.next() ? TotalCount{.times = row.integer(0), .total = row.integer(1)} : TotalCount{};
}

}  // namespace

void tell(RewardJob& job, EventType type, std::string payload) {
  job.events.push_back(
      append_log(job.context, own_channel(job.user),
                 {.type = type, .at = job.now, .user = job.user, .payload = std::move(payload)}));
}

Rewarded reward_deed(RewardJob& job, const ActivityRule& rule, const Deed& deed) {
  Rewarded out;
  DeedCounts counts;
  counts.day = count_day(job.context.db, job.user.key, deed);
  counts.total = count_total(job.context.db, job.user.key, deed);
  for (const StreakRule* streak : job.rules.streaks_of(deed.kind)) {
    StreakStep step = feed_streak(job, *streak, deed, counts.day);
    counts.streaks.push_back(
        {.type = streak->type, .before = step.longest_before, .now = step.state.longest});
    if (!out.streak) out.streak = step.state;
    if (step.changed) out.streaks.push_back(std::move(step.state));
  }
  for (ScoreStep& step : feed_scores(job, rule, deed)) {
    out.composite_tenths = step.composite_tenths;
    out.scores.push_back(std::move(step.state));
  }
  counts.scores = out.scores;
  out.badges = feed_badges(job, deed, counts);
  return out;
}

}  // namespace kith
