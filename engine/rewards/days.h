// Days of somebody's calendar, as numbers, and where they begin and end in a time zone.
//
// A day begins at the first instant at which the zone's clocks show it or a later one, and ends
// where the next begins. So days never overlap, also where clocks go back over midnight; a day may
// begin at 01:00 where they go forward at midnight, and a date that a zone left out (Apia had no
// 30 December 2011) is a day of no length.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/time_zone.h"

namespace kith {

using Day = std::int32_t;  // since 1970-01-01

Day day_of(const TimeZone& zone, WallTime time);
WallTime start_of(const TimeZone& zone, Day day);

// "2024-04-20"; years 0001 to 9999.
std::string format_day(Day day);
std::optional<Day> parse_day(std::string_view text);
int weekday_of(Day day);  // 0: Monday
// The first day of its month, and of the one behind it.
Day month_of(Day day);
Day next_month(Day day);

}  // namespace kith
