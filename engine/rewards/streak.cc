#include "engine/rewards/streak.h"

#include <algorithm>

namespace kith {
namespace {

// Weeks are never void: a move skips two dates at the most.
bool is_void(const StreakRule& rule, const Calendar& calendar, Period period) {
  return rule.period == PeriodUnit::day && calendar.is_void(period);
}

// Missed in (from, to), but no more than `most`.
std::uint32_t missed_between(const StreakRule& rule, const Calendar& calendar, Period from,
                             Period to, std::uint32_t most) {
  std::uint32_t missed = 0;
  for (Period period = from + 1; period < to && missed < most; ++period) {
    if (!is_void(rule, calendar, period)) ++missed;
  }
  return missed;
}

}  // namespace

ActivePeriod active_period(const StreakRule& rule, const Calendar& calendar, WallTime time) {
  const Period period = period_of(rule.period, calendar.day_of(time));
  const bool early = time < start_of(calendar, rule.period, period) + rule.grace;
  return {.period = period, .early = early};
}

StreakCount advance(const StreakRule& rule, const Calendar& calendar, StreakCount count,
                    ActivePeriod next) {
  const bool first = count.current == 0;
  if (first) count.freezes = rule.freezes_at_start;
  // The grace covers the last period that there was: void ones before this one are none.
  Period until = next.period;
  if (!first && next.early) {
    do {
      --until;
    } while (until > count.last && is_void(rule, calendar, until));
  }
  const std::uint32_t missed =
      first ? 0 : missed_between(rule, calendar, count.last, until, count.freezes + 1);
  if (missed > count.freezes) {
    count.current = 1;
    count.freezes = 0;
  } else {
    count.current += 1;
    count.freezes -= missed;
  }
  if (rule.freeze_every > 0 && count.current % rule.freeze_every == 0) {
    count.freezes = std::min(count.freezes + 1, rule.freezes_max);
  }
  count.longest = std::max(count.longest, count.current);
  count.last = next.period;
  return count;
}

StreakCount count_streak(const StreakRule& rule, const Calendar& calendar,
                         std::span<const ActivePeriod> active) {
  StreakCount count;
  for (const ActivePeriod& next : active) count = advance(rule, calendar, count, next);
  return count;
}

StreakDeadline deadline_of(const StreakRule& rule, const Calendar& calendar,
                           const StreakCount& count) {
  // The one among the missed periods that no freeze is left for.
  Period fatal = count.last;
  for (std::uint32_t missed = 0; missed <= count.freezes;) {
    ++fatal;
    if (!is_void(rule, calendar, fatal)) ++missed;
  }
  const WallTime end = start_of(calendar, rule.period, fatal + 1);
  return {.at_risk = end - rule.at_risk, .lapses = end + rule.grace};
}

StreakNow streak_at(const StreakRule& rule, const Calendar& calendar, const StreakCount& count,
                    WallTime now) {
  StreakNow out{.current = count.current, .longest = count.longest, .freezes = count.freezes};
  if (count.current == 0) {
    out.freezes = rule.freezes_at_start;
    return out;
  }
  const StreakDeadline deadline = deadline_of(rule, calendar, count);
  if (now >= deadline.lapses) {
    out.current = 0;
    out.freezes = 0;
    return out;
  }
  out.lapses = deadline.lapses;
  out.at_risk = now >= deadline.at_risk;
  out.due = out.at_risk ? deadline.lapses : deadline.at_risk;
  return out;
}

}  // namespace kith
