// A streak as somebody would count it on a calendar on the wall: day by day (or week by week), from
// the first on which something was done until now, looking at all that was done each time.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/rewards/streak.h"

namespace kith {

struct SlowStreak {
  std::uint32_t current = 0;
  std::uint32_t longest = 0;
  bool at_risk = false;
};

inline SlowStreak slow_streak(const StreakRule& rule, const Calendar& calendar,
                              const std::vector<WallTime>& times, WallTime now) {
  SlowStreak out;
  if (times.empty()) return out;
  const auto start = [&](Period period) { return start_of(calendar, rule.period, period); };
  const auto done_between = [&](WallTime from, WallTime to) {
    return std::ranges::any_of(times, [&](WallTime time) { return from <= time && time < to; });
  };
  const WallTime first = std::ranges::min(times);
  std::uint32_t freezes = rule.freezes_at_start;
  Period period = period_of(rule.period, calendar.day_of(first));
  for (; start(period) <= now || done_between(start(period), WallTime::max()); ++period) {
    const WallTime begins = start(period);
    const WallTime ends = start(period + 1);
    if (begins == ends) continue;  // no such day in this life
    if (done_between(begins, ends)) {
      ++out.current;
      out.longest = std::max(out.longest, out.current);
      if (rule.freeze_every > 0 && out.current % rule.freeze_every == 0) {
        freezes = std::min(freezes + 1, rule.freezes_max);
      }
      continue;
    }
    if (done_between(ends, ends + rule.grace)) continue;
    if (out.current == 0) continue;
    // Nothing is lost before the day, and its grace, are over.
    const bool over = now >= ends + rule.grace || done_between(ends, WallTime::max());
    if (over && freezes > 0) {
      --freezes;
    } else if (over) {
      out.current = 0;
      freezes = 0;
    } else if (freezes == 0) {
      out.at_risk = now >= ends - rule.at_risk;
      return out;  // what comes behind it is not known yet
    } else {
      --freezes;
    }
  }
  return out;
}

}  // namespace kith
