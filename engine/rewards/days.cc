#include "engine/rewards/days.h"

#include <chrono>

namespace kith {
namespace {

std::chrono::year_month_day date_of(Day day) {
  return std::chrono::year_month_day(std::chrono::sys_days(std::chrono::days(day)));
}

}  // namespace

WallTime start_of(const TimeZone& zone, Day day) {
  return zone.start_of(std::chrono::local_days(std::chrono::days(day)));
}

Day day_of(const TimeZone& zone, WallTime time) {
  auto day = static_cast<Day>(zone.day(time).time_since_epoch().count());
  // Clocks have gone back over midnight, or dates were left out: the day that has begun last.
  while (start_of(zone, day + 1) <= time) ++day;
  return day;
}

std::string format_day(Day day) {
  const auto date = date_of(day);
  std::string out;
  const auto digits = [&out](unsigned value, unsigned width) {
    const std::string text = std::to_string(value);
    out.append(width > text.size() ? width - text.size() : 0, '0');
    out += text;
  };
  digits(static_cast<unsigned>(static_cast<int>(date.year())), 4);
  out += '-';
  digits(static_cast<unsigned>(date.month()), 2);
  out += '-';
  digits(static_cast<unsigned>(date.day()), 2);
  return out;
}

std::optional<Day> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t size) -> std::optional<unsigned> {
    unsigned value = 0;
    for (const char c : text.substr(at, size)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value;
  };
  const auto year = part(0, 4), month = part(5, 2), day = part(8, 2);
  if (!year || !month || !day || *year == 0) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day));
  if (!date.ok()) return std::nullopt;
  return static_cast<Day>(std::chrono::sys_days(date).time_since_epoch().count());
}

int weekday_of(Day day) {
  const int since_monday = (day + 3) % 7;  // 1970-01-01 was a Thursday
  return since_monday < 0 ? since_monday + 7 : since_monday;
}

Day month_of(Day day) {
  return day - static_cast<Day>(static_cast<unsigned>(date_of(day).day())) + 1;
}

Day next_month(Day day) {
  return month_of(month_of(day) + 31);
}

}  // namespace kith
