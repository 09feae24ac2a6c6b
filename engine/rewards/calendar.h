// One user's days: the time zones that they have lived in, one after the other.
//
// Moving to another zone cheats nobody and helps nobody cheat. The day that is under way goes on
// until the new zone's first midnight that is no earlier than the old zone's and shows a later
// date: it never gets shorter, so nobody lives more days than there are, and a day that has ended
// is never opened again. Dates that the move skips have no length (is_void): they are neither
// missed nor counted. An instant before the move belongs to the day that it belonged to then,
// however late it is told.
#pragma once

#include <vector>

#include "engine/rewards/days.h"

namespace kith {

// From `from` on the days are those of `zone`, all of them behind `after`, the day before.
struct ZoneSpan {
  WallTime from{};
  Day after = 0;
  TimeZonePtr zone;
};

class Calendar {
 public:
  // `first`: since ever. The spans' times and days rise.
  explicit Calendar(TimeZonePtr first, std::vector<ZoneSpan> later = {});

  Day day_of(WallTime time) const;
  // The first instant that belongs to this day or to a later one.
  WallTime start_of(Day day) const;
  bool is_void(Day day) const { return start_of(day) == start_of(day + 1); }

  // What moving to `zone` at `now` comes to; a move that has not begun by then is given up for it.
  ZoneSpan move(const TimeZonePtr& zone, WallTime now) const;

 private:
  // The span that an instant belongs to; its index is behind that of the first zone.
  std::size_t span_at(WallTime time) const;
  const TimeZone& zone_of(std::size_t span) const;
  WallTime from_of(std::size_t span) const;

  TimeZonePtr first_;
  std::vector<ZoneSpan> later_;
};

// What a streak counts: days, or weeks that begin on Monday.
enum class PeriodUnit : std::uint8_t { day, week };
using Period = std::int32_t;  // days or weeks since an epoch of their own

Period period_of(PeriodUnit unit, Day day);
Day first_day_of(PeriodUnit unit, Period period);
WallTime start_of(const Calendar& calendar, PeriodUnit unit, Period period);

}  // namespace kith
