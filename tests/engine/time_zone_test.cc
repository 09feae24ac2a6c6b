// Zones as the system has them, over their changes and behind the last one that is listed.
#include "engine/time_zone.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

#include "protocol/time_format.h"
#include "tests/engine/instant.h"

namespace kith {
namespace {

using namespace std::chrono;

// As the zone's clock shows it.
std::string shown(std::string_view zone, std::string_view utc) {
  const auto found = find_time_zone(zone);
  REQUIRE(found != nullptr);
  std::string text = format_time(WallTime(found->local(instant(utc)).time_since_epoch()));
  return text.substr(0, 16);
}

std::string instant_in(std::string_view zone, std::string_view local) {
  const auto found = find_time_zone(zone);
  REQUIRE(found != nullptr);
  const WallTime as_utc = instant(std::string(local) + ":00Z");
  return format_time(found->instant(LocalTime(as_utc.time_since_epoch()))).substr(0, 16);
}

TEST_CASE("a clock is set forward in spring and back in autumn") {
  CHECK(shown("America/Chicago", "2024-03-10T07:59:00Z") == "2024-03-10T01:59");
  CHECK(shown("America/Chicago", "2024-03-10T08:00:00Z") == "2024-03-10T03:00");
  CHECK(shown("America/Chicago", "2024-11-03T06:59:00Z") == "2024-11-03T01:59");
  CHECK(shown("America/Chicago", "2024-11-03T07:00:00Z") == "2024-11-03T01:00");
  CHECK(shown("Australia/Sydney", "2024-12-31T13:00:00Z") == "2025-01-01T00:00");
  CHECK(shown("Australia/Lord_Howe", "2024-07-01T00:00:00Z") == "2024-07-01T10:30");
  CHECK(shown("Asia/Kolkata", "2024-07-01T00:00:00Z") == "2024-07-01T05:30");
  CHECK(shown("UTC", "2024-07-01T00:00:00Z") == "2024-07-01T00:00");
}

TEST_CASE("the rule holds behind the last change that the file lists") {
  CHECK(shown("America/Chicago", "2124-03-12T07:59:00Z") == "2124-03-12T01:59");
  CHECK(shown("America/Chicago", "2124-03-12T08:00:00Z") == "2124-03-12T03:00");
  CHECK(shown("Europe/Berlin", "2124-07-01T00:00:00Z") == "2124-07-01T02:00");
  CHECK(shown("Australia/Sydney", "2124-01-01T00:00:00Z") == "2124-01-01T11:00");
  CHECK(shown("Australia/Sydney", "2124-07-01T00:00:00Z") == "2124-07-01T10:00");
}

TEST_CASE("what the clock shows twice is its first time, what it skips is the change") {
  CHECK(instant_in("America/Chicago", "2024-07-01T12:00") == "2024-07-01T17:00");
  CHECK(instant_in("America/Chicago", "2024-11-03T01:30") == "2024-11-03T06:30");
  CHECK(instant_in("America/Chicago", "2024-03-10T02:30") == "2024-03-10T08:00");
  // No midnight on that day.
  CHECK(instant_in("America/Sao_Paulo", "2018-11-04T00:00") == "2018-11-04T03:00");
  // No such day at all.
  CHECK(instant_in("Pacific/Apia", "2011-12-30T12:00") == "2011-12-30T10:00");
}

TEST_CASE("a day at the change has 23 or 25 hours") {
  const auto zone = find_time_zone("Europe/Berlin");
  REQUIRE(zone != nullptr);
  const auto hours_of = [&](year_month_day day) {
    const local_days local(day);
    return duration_cast<hours>(zone->start_of(local + days(1)) - zone->start_of(local)).count();
  };
  CHECK(hours_of(2024y / March / 31) == 23);
  CHECK(hours_of(2024y / October / 27) == 25);
  CHECK(hours_of(2024y / October / 28) == 24);
}

// Whatever the C library says, hour by hour over some years around the end of the list.
TEST_CASE("the same as the C library") {
  const char* before = std::getenv("TZ");
  const std::string kept = before == nullptr ? "" : before;
  for (const char* name :
       {"America/New_York", "Europe/Dublin", "Africa/Casablanca", "Asia/Tehran", "America/St_Johns",
        "Pacific/Chatham", "America/Nuuk", "Asia/Gaza", "Antarctica/Troll"}) {
    const auto zone = find_time_zone(name);
    REQUIRE(zone != nullptr);
    ::setenv("TZ", name, 1);
    ::tzset();
    int wrong = 0;
    for (sys_seconds when = sys_days(2036y / January / 1); when < sys_days(2039y / January / 1);
         when += 1h) {
      const std::time_t seconds_since = when.time_since_epoch().count();
      std::tm local{};
      ::localtime_r(&seconds_since, &local);
      if (zone->offset(when) != seconds(local.tm_gmtoff)) ++wrong;
    }
    CAPTURE(name);
    CHECK(wrong == 0);
  }
  before == nullptr ? ::unsetenv("TZ") : ::setenv("TZ", kept.c_str(), 1);
  ::tzset();
}

TEST_CASE("nothing but zones can be named") {
  for (const char* name : {"", "Mars/Olympus", "../../../etc/passwd", "/etc/passwd", "America",
                           "posix/UTC", "America/../UTC", "zone.tab", "tzdata.zi", "UTC\n"}) {
    CAPTURE(name);
    CHECK(find_time_zone(name) == nullptr);
  }
}

TEST_CASE("a file that is cut or bent is no zone") {
  std::string tzif("TZif2");
  tzif.resize(44, '\0');
  tzif += tzif;
  CHECK_FALSE(TimeZone::parse("X", tzif + "\n\n").has_value());  // no type
  tzif[44 + 39] = 1;                                             // typecnt
  tzif[44 + 43] = 1;                                             // charcnt
  const std::string type("\0\0\x0e\x10\0\0X", 7);
  CHECK(TimeZone::parse("X", tzif + type + "\n\n").has_value());
  CHECK(TimeZone::parse("X", tzif + type + "\nCST6CDT,M3.2.0,M11.1.0\n").has_value());
  for (const char* rule : {"X", "CST", "CST6CDT", "CST6CDT,M3.2.0", "CST6CDT,M13.2.0,M11.1.0",
                           "CST6CDT,M3.2.0,M11.1.0x", "<>6", "CST6:60"}) {
    CAPTURE(rule);
    CHECK_FALSE(TimeZone::parse("X", tzif + type + "\n" + rule + "\n").has_value());
  }
  const std::string whole = tzif + type + "\n\n";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK_FALSE(TimeZone::parse("X", whole.substr(0, length)).has_value());
  }
}

}  // namespace
}  // namespace kith
