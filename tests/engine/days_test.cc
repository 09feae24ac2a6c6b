// Days of time zones against a walk through the quarters of an hour, on the C library's clocks.
#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
#include <random>

#include "engine/rewards/days.h"
#include "protocol/time_format.h"
#include "storage/time_zones.h"
#include "tests/engine/instant.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

const TimeZone& zone(std::string_view name) {
  const TimeZonePtr found = find_users_zone(name);
  REQUIRE_MESSAGE(found != nullptr, std::string(name));
  return *found;  // kept for the life of the process
}

// Sets TZ for as long as it lives.
class LibraryZone {
 public:
  explicit LibraryZone(const std::string& name) {
    setenv("TZ", (":" + name).c_str(), 1);
    tzset();
  }
  ~LibraryZone() {
    unsetenv("TZ");
    tzset();
  }
  LibraryZone(const LibraryZone&) = delete;
  LibraryZone& operator=(const LibraryZone&) = delete;
  long offset_at(std::int64_t seconds) const {
    const time_t time = seconds;
    tm local{};
    localtime_r(&time, &local);
    return local.tm_gmtoff;
  }
};

constexpr const char* kZones[] = {
    "UTC",           "Europe/Berlin",     "Europe/London",     "Europe/Dublin",
    "Europe/Lisbon", "America/New_York",  "America/Sao_Paulo", "America/Santiago",
    "Asia/Kolkata",  "America/St_Johns",  "Asia/Kathmandu",    "Australia/Lord_Howe",
    "Asia/Tehran",   "Pacific/Apia",      "Pacific/Chatham",   "Pacific/Kiritimati",
    "Asia/Beirut",   "Africa/Casablanca", "Asia/Gaza",         "Antarctica/Troll",
    "America/Nuuk",  "America/Havana",    "Etc/GMT+12",        "Pacific/Kwajalein",
    "Asia/Tokyo",    "America/Anchorage", "Africa/Cairo",      "Asia/Pyongyang"};

TEST_CASE("offsets are those of the C library, until 2100") {
  std::mt19937_64 random(7);
  for (const char* name : kZones) {
    const TimeZone& ours = zone(name);
    const LibraryZone theirs(name);
    std::uniform_int_distribution<std::int64_t> seconds(0, 4'102'444'800);
    for (int i = 0; i < 3'000; ++i) {
      const std::int64_t time = seconds(random);
      INFO(name << " at " << time);
      REQUIRE(ours.offset(std::chrono::sys_seconds(std::chrono::seconds(time))).count() ==
              theirs.offset_at(time));
    }
  }
}

TEST_CASE("a day begins where its date is first seen, and ends where the next begins") {
  for (const char* name : kZones) {
    const TimeZone& ours = zone(name);
    const LibraryZone theirs(name);
    // Every quarter of an hour of 2011 (Apia's missing day), 1993 (Kwajalein's), 2018 and 2041.
    for (const std::string_view year : {"1993", "2011", "2018", "2041"}) {
      const auto begin = instant(std::string(year) + "-01-01T00:00:00Z").time_since_epoch() / 1s;
      std::int64_t latest = std::numeric_limits<std::int64_t>::min();
      for (std::int64_t time = begin - 3 * 86'400; time < begin + 366 * 86'400; time += 900) {
        const std::int64_t local = time + theirs.offset_at(time);
        latest = std::max(latest, local / 86'400);
        const WallTime instant{std::chrono::seconds(time)};
        INFO(name << " at " << format_time(instant));
        REQUIRE(day_of(ours, instant) == latest);
        REQUIRE(start_of(ours, static_cast<Day>(latest)) <= instant);
        REQUIRE(start_of(ours, static_cast<Day>(latest + 1)) > instant);
      }
    }
  }
}

TEST_CASE("a date that a zone left out has no length") {
  const TimeZone& apia = zone("Pacific/Apia");
  const Day left_out = *parse_day("2011-12-30");
  CHECK(start_of(apia, left_out) == start_of(apia, left_out + 1));
  CHECK(start_of(apia, left_out - 1) < start_of(apia, left_out));
}

TEST_CASE("UTC is there on a machine without zones too") {
  CHECK(utc()->offset(std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000))).count() == 0);
  CHECK(day_of(*utc(), instant("1969-12-31T23:59:59.999Z")) == -1);
  CHECK(start_of(*utc(), 19'000) == WallTime(std::chrono::days(19'000)));
}

TEST_CASE("dates are written and read") {
  CHECK(format_day(0) == "1970-01-01");
  CHECK(format_day(*parse_day("2024-02-29")) == "2024-02-29");
  for (const char* text : {"2023-02-29", "2024-2-29", "2024-13-01", "0000-01-01", "2024-02-30",
                           "20240229", "2024-02-29T", "+024-02-29"}) {
    INFO(text);
    CHECK_FALSE(parse_day(text).has_value());
  }
  CHECK(weekday_of(*parse_day("2024-04-22")) == 0);
  CHECK(weekday_of(*parse_day("1969-12-31")) == 2);
  CHECK(format_day(month_of(*parse_day("2024-02-29"))) == "2024-02-01");
  CHECK(format_day(next_month(*parse_day("2023-12-01"))) == "2024-01-01");
}

}  // namespace
}  // namespace kith
