// Streaks as they stand in the store. A row holds the count as of the last active period, and what
// was told of it last (current_count, longest_count, at_risk): an event goes out whenever what is
// to be shown differs from that.
#pragma once

#include "engine/rewards/streak.h"
#include "storage/sql_rewards.h"

namespace kith {

// Counts what a deed is to one of the streaks that it feeds. Returns the longest count before, for
// whoever waits for it to be reached.
struct StreakStep {
  StreakState state;
  std::uint32_t longest_before = 0;
  bool changed = false;
};
StreakStep feed_streak(RewardJob& job, const StreakRule& rule, const Deed& deed,
                       const DayCount& day);

// As they are at `now`, in the profile's order; those in which nothing was ever done are zero.
std::vector<StreakState> read_streaks(SqlConnection& db, const RewardRules& rules, UserKey user,
                                      WallTime now);

// The type of the notification that a streak is about to end, and how the payloads begin of those
// that hold at `now`: nothing has been done about it, and it has not ended.
inline constexpr std::string_view kStreakWarning = "streak.at_risk";
std::vector<std::string> warnings_in_force(SqlConnection& db, UserKey user, WallTime now);

// The user's days are others from now on: when something is due, too.
void reschedule_streaks(WriteContext& context, UserKey user, WallTime now);

// When the first of those was due that are at `now`.
std::optional<WallTime> first_streak_due(SqlConnection& db, WallTime now);
// Those that are due at `now`, some of them.
Result<RewardUpkeep> roll_over_streaks(WriteContext& context, WallTime now);

// Tells what time has made of one whose time has come; another node may have been there first.
void settle_streak(RewardJob& job, const std::string& type);

// Counts it anew from the days, where that differs from its row.
std::optional<StreakState> recount_streak(RewardJob& job, const StreakRule& rule);

}  // namespace kith
