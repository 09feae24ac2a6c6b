// Badges as they stand in the store: earned once, whatever becomes of what earned them.
#pragma once

#include "storage/sql_rewards.h"

namespace kith {

// What a deed has come to, for badges: each is looked at when its target is crossed.
struct DeedCounts {
  DayCount day;
  TotalCount total;
  struct StreakReached {
    std::string_view type;
    std::uint32_t before = 0, now = 0;
  };
  std::vector<StreakReached> streaks;
  std::vector<ScoreState> scores;  // that changed
};
std::vector<EarnedBadge> feed_badges(RewardJob& job, const Deed& deed, const DeedCounts& counts);

// Those that the user has earned by what is stored, and has not been given.
std::vector<EarnedBadge> award_missing(RewardJob& job);

BadgeList read_badges(SqlConnection& db, const RewardRules& rules, UserKey user);

}  // namespace kith
