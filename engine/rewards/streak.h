// How a streak is counted: from the periods in which something was done, in their order, and
// nothing else. So the order in which activities are told of, late ones too, changes nothing.
//
// A period in which something was done counts one. Between two of them, each period of any length
// in which nothing was done is missed, but for the last one where the grace covers it (StreakRule).
// A missed period takes a freeze; where none is left the streak ends, and begins anew at 1 with
// none. A streak that nothing was done for lately ends at `lapses_at`, by the same count.
#pragma once

#include <span>

#include "engine/rewards/rules.h"

namespace kith {

struct ActivePeriod {
  Period period = 0;
  bool early = false;  // something was done within the grace of its beginning
  auto operator<=>(const ActivePeriod&) const = default;
};

// As of the last active period.
struct StreakCount {
  std::uint32_t current = 0;  // 0: nothing was ever done
  std::uint32_t longest = 0;
  std::uint32_t freezes = 0;
  Period last = 0;
  bool operator==(const StreakCount&) const = default;
};

ActivePeriod active_period(const StreakRule& rule, const Calendar& calendar, WallTime time);

// `next.period` > `count.last`, or the first.
StreakCount advance(const StreakRule& rule, const Calendar& calendar, StreakCount count,
                    ActivePeriod next);
// Rising periods.
StreakCount count_streak(const StreakRule& rule, const Calendar& calendar,
                         std::span<const ActivePeriod> active);

// When a streak that goes on comes into danger, and when it is over, if nothing is done until then.
struct StreakDeadline {
  WallTime at_risk{};
  WallTime lapses{};
};
StreakDeadline deadline_of(const StreakRule& rule, const Calendar& calendar,
                           const StreakCount& count);

// What is to be shown of it now.
struct StreakNow {
  std::uint32_t current = 0;
  std::uint32_t longest = 0;
  std::uint32_t freezes = 0;
  bool at_risk = false;
  std::optional<WallTime> due;     // when this changes by itself
  std::optional<WallTime> lapses;  // where it goes on
};
StreakNow streak_at(const StreakRule& rule, const Calendar& calendar, const StreakCount& count,
                    WallTime now);

}  // namespace kith
