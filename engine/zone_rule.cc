#include "engine/zone_rule.h"

#include <chrono>

namespace kith {
namespace {

constexpr std::int32_t kHour = 3600;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

class ZoneRule::Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // "CST", "<+03>"
  bool name() {
    std::size_t length = 0;
    if (take('<')) {
      length = rest_.find('>');
      if (length == std::string_view::npos) return false;
      rest_.remove_prefix(length + 1);
      return length > 0;
    }
    while (length < rest_.size() && is_letter(rest_[length])) ++length;
    rest_.remove_prefix(length);
    return length >= 3;
  }

  std::optional<int> number(int most) {
    if (rest_.empty() || !is_digit(rest_.front())) return std::nullopt;
    int value = 0;
    while (!rest_.empty() && is_digit(rest_.front())) {
      value = value * 10 + (rest_.front() - '0');
      if (value > most) return std::nullopt;
      rest_.remove_prefix(1);
    }
    return value;
  }

  // [+-]hh[:mm[:ss]], in seconds
  std::optional<std::int32_t> time() {
    const bool negative = take('-');
    if (!negative) take('+');
    const auto hours = number(167);  // RFC 8536 section 3.3.1
    if (!hours) return std::nullopt;
    std::int32_t seconds = *hours * kHour;
    for (const int unit : {60, 1}) {
      if (!take(':')) break;
      const auto part = number(59);
      if (!part) return std::nullopt;
      seconds += *part * unit;
    }
    return negative ? -seconds : seconds;
  }

  std::optional<ChangeDay> change_day() {
    ChangeDay out;
    if (take('M')) {
      out.month = number(12).value_or(0);
      out.week = take('.') ? number(5).value_or(0) : 0;
      out.day = take('.') ? number(6).value_or(-1) : -1;
      if (out.month == 0 || out.week == 0 || out.day < 0) return std::nullopt;
    } else {
      out.kind = take('J') ? DayKind::julian : DayKind::zero_based;
      const auto day = number(365);
      if (!day || (out.kind == DayKind::julian && *day == 0)) return std::nullopt;
      out.day = *day;
    }
    if (take('/')) {
      const auto second = time();
      if (!second) return std::nullopt;
      out.second = *second;
    }
    return out;
  }

 private:
  std::string_view rest_;
};

std::optional<ZoneRule> ZoneRule::parse(std::string_view text) {
  Reader in(text);
  ZoneRule rule;
  if (!in.name()) return std::nullopt;
  // POSIX counts what is to be added to local time.
  const auto west = in.time();
  if (!west) return std::nullopt;
  rule.standard_ = rule.summer_ = -*west;
  if (in.at_end()) return rule;
  if (!in.name()) return std::nullopt;
  rule.has_summer_ = true;
  rule.summer_ = rule.standard_ + kHour;
  if (!in.take(',')) {
    const auto summer = in.time();
    if (!summer || !in.take(',')) return std::nullopt;
    rule.summer_ = -*summer;
  }
  const auto starts = in.change_day();
  const auto ends = in.take(',') ? in.change_day() : std::nullopt;
  if (!starts || !ends || !in.at_end()) return std::nullopt;
  rule.starts_ = *starts;
  rule.ends_ = *ends;
  return rule;
}

std::int64_t ZoneRule::ChangeDay::in_year(int year) const {
  using namespace std::chrono;
  const auto first = sys_days(std::chrono::year(year) / January / 1);
  sys_days at = first;
  switch (kind) {
    case DayKind::julian: {  // February 29 is never counted
      const bool leap = std::chrono::year(year).is_leap();
      at = first + days(day - 1 + (leap && day >= 60 ? 1 : 0));
      break;
    }
    case DayKind::zero_based:
      at = first + days(day);
      break;
    case DayKind::month_week: {
      const auto of = std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(month));
      const weekday wanted(static_cast<unsigned>(day));
      at = week == 5 ? sys_days(of / wanted[last])
                     : sys_days(of / wanted[static_cast<unsigned>(week)]);
      break;
    }
  }
  return sys_seconds(at).time_since_epoch().count() + second;
}

std::int32_t ZoneRule::offset(std::int64_t at) const {
  using namespace std::chrono;
  if (!has_summer_) return standard_;
  // The year of the local clock: close enough, since no change lies at New Year's.
  const auto local = sys_seconds(seconds(at + standard_));
  const int year = static_cast<int>(year_month_day(floor<days>(local)).year());
  const std::int64_t starts = starts_.in_year(year) - standard_;
  const std::int64_t ends = ends_.in_year(year) - summer_;
  const bool summer = starts < ends ? (at >= starts && at < ends) : (at >= starts || at < ends);
  return summer ? summer_ : standard_;
}

}  // namespace kith
