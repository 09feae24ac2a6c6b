// What a deed comes to: days and totals, streaks, scores, badges, and their events, all in the open
// transaction. A deed is an activity, or several alike of one day (messages).
//
// Whoever does several users in one transaction, or other channels too, has touched all of their
// channels before, in the order of their keys (touch_channels).
#pragma once

#include "engine/ports/reward_ledger.h"
#include "storage/sql_boards.h"
#include "storage/sql_session.h"

namespace kith {

struct Deed {
  std::string_view kind;
  WallTime at{};  // the (earliest) instant
  Day day = 0;    // that it belongs to
  std::int64_t times = 1;
  std::int64_t total = 0;     // of the values
  std::string_view category;  // as it was named; may be empty
};

// What one user's job works with, and gathers.
struct RewardJob {
  WriteContext& context;
  const RewardRules& rules;
  UserRef user;
  const Calendar& calendar;
  WallTime now{};
  std::vector<DurableEvent>& events;
  std::vector<BoardMoved>& boards;
};

// Of a kind: on the deed's day, and altogether, with the deed.
struct DayCount {
  std::int64_t times = 0;
};
struct TotalCount {
  std::int64_t times = 0;
  std::int64_t total = 0;
};

struct Rewarded {
  std::vector<StreakState> streaks;  // that changed
  std::vector<ScoreState> scores;
  std::vector<EarnedBadge> badges;
  std::int64_t composite_tenths = 0;  // 0 where no score changed
  std::optional<StreakState> streak;  // the first that the kind feeds
};
Rewarded reward_deed(RewardJob& job, const ActivityRule& rule, const Deed& deed);

// Appends an event to the user's own channel.
void tell(RewardJob& job, EventType type, std::string payload);

}  // namespace kith
