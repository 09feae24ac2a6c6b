#include "engine/rewards/calendar.h"

#include <algorithm>

namespace kith {

Calendar::Calendar(TimeZonePtr first, std::vector<ZoneSpan> later)
    : first_(std::move(first)), later_(std::move(later)) {}

const TimeZone& Calendar::zone_of(std::size_t span) const {
  return span == 0 ? *first_ : *later_[span - 1].zone;
}

WallTime Calendar::from_of(std::size_t span) const {
  return span == 0 ? WallTime::min() : later_[span - 1].from;
}

std::size_t Calendar::span_at(WallTime time) const {
  std::size_t span = later_.size();
  while (span > 0 && later_[span - 1].from > time) --span;
  return span;
}

Day Calendar::day_of(WallTime time) const {
  const std::size_t span = span_at(time);
  const Day day = kith::day_of(zone_of(span), time);
  // The last day before a move goes on until it.
  return span < later_.size() ? std::min(day, later_[span].after) : day;
}

WallTime Calendar::start_of(Day day) const {
  std::size_t span = 0;
  while (span < later_.size() && later_[span].after < day) ++span;
  return std::max(kith::start_of(zone_of(span), day), from_of(span));
}

ZoneSpan Calendar::move(const TimeZonePtr& zone, WallTime now) const {
  Calendar until_now(first_,
                     {later_.begin(), later_.begin() + static_cast<std::ptrdiff_t>(span_at(now))});
  // The day that the move prolongs: also where one that had not begun had prolonged it before.
  const Day today = day_of(now);
  const WallTime ends = std::max(until_now.start_of(today + 1), now);
  Day next = std::max(kith::day_of(*zone, ends), today + 1);
  if (kith::start_of(*zone, next) < ends) ++next;
  return {.from = kith::start_of(*zone, next), .after = today, .zone = zone};
}

Period period_of(PeriodUnit unit, Day day) {
  if (unit == PeriodUnit::day) return day;
  const Day shifted = day + 3;  // to a Monday
  return shifted >= 0 ? shifted / 7 : (shifted - 6) / 7;
}

Day first_day_of(PeriodUnit unit, Period period) {
  return unit == PeriodUnit::day ? period : period * 7 - 3;
}

WallTime start_of(const Calendar& calendar, PeriodUnit unit, Period period) {
  return calendar.start_of(first_day_of(unit, period));
}

}  // namespace kith
