// Scores as they stand in the store: by category, and by category and day for charts.
#pragma once

#include "storage/sql_rewards.h"

namespace kith {

struct ScoreStep {
  ScoreState state;
  std::int64_t composite_tenths = 0;  // behind this step
};
// What a deed adds to each category; those that stay as they were are left out.
std::vector<ScoreStep> feed_scores(RewardJob& job, const ActivityRule& rule, const Deed& deed);

std::vector<CategoryScore> read_category_scores(SqlConnection& db, UserKey user);
// RewardLedger::scores.
Result<Scores> read_scores(SqlConnection& db, const RewardRules& rules, UserKey user,
                           const ScoreQuery& query, WallTime now);

// The category that an effect of an activity goes to.
std::string_view category_of(const RewardRules& rules, const ScoreEffect& effect,
                             std::string_view named);

}  // namespace kith
