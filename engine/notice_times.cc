#include "engine/notice_times.h"

#include <array>

namespace kith {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 3> kModes = {"off", "now", "digest"};
constexpr std::array<std::string_view, 3> kEvery = {"hour", "day", "week"};

template <typename Enum>
std::optional<Enum> parse(const std::array<std::string_view, 3>& names, std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string list_of_notice_types() {
  std::string list;
  for (const std::string_view type : kNoticeTypes) {
    if (!list.empty()) list += ", ";
    list += type;
  }
  return list;
}

std::string_view to_string(NoticeMode mode) {
  return kModes.at(static_cast<std::size_t>(mode));
}
std::optional<NoticeMode> parse_notice_mode(std::string_view text) {
  return parse<NoticeMode>(kModes, text);
}
std::string_view to_string(DigestEvery every) {
  return kEvery.at(static_cast<std::size_t>(every));
}
std::optional<DigestEvery> parse_digest_every(std::string_view text) {
  return parse<DigestEvery>(kEvery, text);
}

std::optional<WallTime> quiet_until(const TimeZone& zone, const QuietHours& quiet, WallTime at) {
  const LocalTime local = zone.local(at);
  const auto day = floor<days>(local);
  const auto time_of_day = local - day;
  const auto from = minutes(quiet.from);
  const auto to = minutes(quiet.to);
  const bool over_midnight = from > to;
  const bool is_quiet = over_midnight ? time_of_day >= from || time_of_day < to
                                      : time_of_day >= from && time_of_day < to;
  if (!is_quiet) return std::nullopt;
  const auto end_day = time_of_day < to ? day : day + days(1);
  const WallTime end = zone.instant(LocalTime(end_day) + to);
  // The clock was set back and shows for the second time what is quiet.
  if (end <= at) return at + (to - time_of_day);
  return end;
}

WallTime next_digest(const TimeZone& zone, const DigestTimes& times, WallTime at) {
  const LocalTime local = zone.local(at);
  if (times.every == DigestEvery::hour) {
    const WallTime next = zone.instant(LocalTime(floor<hours>(local)) + 1h);
    return next > at ? next : at + 1h;
  }
  local_days day = floor<days>(local);
  if (times.every == DigestEvery::week) {
    day += weekday(unsigned{times.weekday}) - weekday(day);
  }
  const auto step = times.every == DigestEvery::week ? days(7) : days(1);
  for (;; day += step) {
    const WallTime next = zone.instant(LocalTime(day) + minutes(times.minute));
    if (next > at) return next;
  }
}

}  // namespace kith
