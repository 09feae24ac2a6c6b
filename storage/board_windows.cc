#include "storage/board_windows.h"

#include <chrono>

namespace kith {
namespace {

using namespace std::chrono;

WallTime first_of(year_month month) {
  return time_point_cast<milliseconds>(sys_days(month / 1));
}

}  // namespace

BoardWindow board_window(BoardPeriod period, WallTime at) {
  const sys_days day = floor<days>(at);
  const year_month_day date(day);
  const year_month month = date.year() / date.month();
  switch (period) {
    case BoardPeriod::day:
      return {.opens = day, .closes = day + days(1)};
    case BoardPeriod::week: {
      const sys_days monday = day - (weekday(day) - Monday);
      return {.opens = monday, .closes = monday + weeks(1)};
    }
    case BoardPeriod::month:
      return {.opens = first_of(month), .closes = first_of(month + months(1))};
    case BoardPeriod::season: {
      const unsigned into = (static_cast<unsigned>(date.month()) - 1) % 3;
      const year_month first = month - months(static_cast<int>(into));
      return {.opens = first_of(first), .closes = first_of(first + months(3))};
    }
    case BoardPeriod::all_time:
      break;
  }
  return {.opens = WallTime{}, .closes = WallTime::max()};
}

std::string fold_city(std::string_view city) {
  const auto begin = city.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  std::string out(city.substr(begin, city.find_last_not_of(" \t") - begin + 1));
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace kith
