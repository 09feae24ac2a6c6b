// The rule at the end of a TZif file, in the form of the TZ variable (RFC 8536 section 3.3, POSIX
// section 8.3): "CST6CDT,M3.2.0,M11.1.0". How clocks change in the years that the file does not
// list.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kith {

class ZoneRule {
 public:
  // Nothing: it is none.
  static std::optional<ZoneRule> parse(std::string_view text);

  // Seconds to be added to UTC at this time (Unix seconds).
  std::int32_t offset(std::int64_t at) const;

 private:
  enum class DayKind : std::uint8_t { julian, zero_based, month_week };
  struct ChangeDay {
    DayKind kind = DayKind::month_week;
    int day = 0;   // julian, zero_based: of the year; month_week: 0 is Sunday
    int week = 0;  // 5 is the last
    int month = 0;
    std::int32_t second = 2 * 3600;  // of the local day; may lie outside of it

    std::int64_t in_year(int year) const;  // seconds since the epoch, as if local were UTC
  };
  class Reader;

  std::int32_t standard_ = 0;
  std::int32_t summer_ = 0;
  bool has_summer_ = false;
  ChangeDay starts_;
  ChangeDay ends_;
};

}  // namespace kith
