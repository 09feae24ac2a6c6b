// Quiet hours and digests by the user's clock, over its changes.
#include "engine/notice_times.h"

#include <doctest/doctest.h>

#include "protocol/time_format.h"

namespace kith {
namespace {

WallTime at(std::string_view text) {
  const auto time = parse_time(std::string(text) + ":00Z");
  REQUIRE(time.has_value());
  return *time;
}

std::string text_of(std::optional<WallTime> time) {
  return time ? format_time(*time).substr(0, 16) : "not quiet";
}

std::string until(std::string_view zone, QuietHours quiet, std::string_view utc) {
  return text_of(quiet_until(*find_time_zone(zone), quiet, at(utc)));
}

constexpr QuietHours kNight{.from = 22 * 60, .to = 7 * 60};
constexpr QuietHours kNoon{.from = 12 * 60, .to = 14 * 60};

TEST_CASE("quiet hours, over midnight too") {
  CHECK(until("UTC", kNight, "2024-07-01T21:59") == "not quiet");
  CHECK(until("UTC", kNight, "2024-07-01T22:00") == "2024-07-02T07:00");
  CHECK(until("UTC", kNight, "2024-07-02T00:00") == "2024-07-02T07:00");
  CHECK(until("UTC", kNight, "2024-07-02T06:59") == "2024-07-02T07:00");
  CHECK(until("UTC", kNight, "2024-07-02T07:00") == "not quiet");
  CHECK(until("UTC", kNoon, "2024-07-02T11:59") == "not quiet");
  CHECK(until("UTC", kNoon, "2024-07-02T12:00") == "2024-07-02T14:00");
  CHECK(until("America/Chicago", kNight, "2024-07-02T04:30") == "2024-07-02T12:00");
  CHECK(until("America/Chicago", kNight, "2024-07-02T12:00") == "not quiet");
}

TEST_CASE("quiet hours end by the clock in the nights in which it changes") {
  // Forward at 02:00: the night has an hour less.
  CHECK(until("America/Chicago", kNight, "2024-03-10T05:00") == "2024-03-10T12:00");
  CHECK(until("America/Chicago", kNight, "2024-03-09T05:00") == "2024-03-09T13:00");
  // Back at 02:00: an hour more.
  CHECK(until("America/Chicago", kNight, "2024-11-03T04:00") == "2024-11-03T13:00");
  // They end at a time that the clock skips: when it does.
  CHECK(until("America/Chicago", {.from = 0, .to = 150}, "2024-03-10T07:00") == "2024-03-10T08:00");
  // They end at a time that the clock shows twice: the first time, and it is quiet again.
  constexpr QuietHours kShort{.from = 0, .to = 90};
  CHECK(until("America/Chicago", kShort, "2024-11-03T05:30") == "2024-11-03T06:30");
  CHECK(until("America/Chicago", kShort, "2024-11-03T06:45") == "not quiet");
  CHECK(until("America/Chicago", kShort, "2024-11-03T07:15") == "2024-11-03T07:30");
}

std::string digest(std::string_view zone, DigestTimes times, std::string_view utc) {
  return text_of(next_digest(*find_time_zone(zone), times, at(utc)));
}

TEST_CASE("digests are due at the same time of the user's day, whatever their clock does") {
  const DigestTimes daily{.every = DigestEvery::day, .minute = 8 * 60};
  CHECK(digest("America/Chicago", daily, "2024-03-09T13:59") == "2024-03-09T14:00");
  CHECK(digest("America/Chicago", daily, "2024-03-09T14:00") == "2024-03-10T13:00");
  CHECK(digest("America/Chicago", daily, "2024-11-02T13:00") == "2024-11-03T14:00");
  const DigestTimes at_half_past_two{.every = DigestEvery::day, .minute = 150};
  CHECK(digest("America/Chicago", at_half_past_two, "2024-03-10T07:00") == "2024-03-10T08:00");
  CHECK(digest("America/Chicago", at_half_past_two, "2024-03-10T08:00") == "2024-03-11T07:30");
}

TEST_CASE("weekly and hourly digests") {
  const DigestTimes fridays{.every = DigestEvery::week, .minute = 17 * 60, .weekday = 5};
  CHECK(digest("Europe/Berlin", fridays, "2024-07-01T00:00") == "2024-07-05T15:00");  // a Monday
  CHECK(digest("Europe/Berlin", fridays, "2024-07-05T14:59") == "2024-07-05T15:00");
  CHECK(digest("Europe/Berlin", fridays, "2024-07-05T15:00") == "2024-07-12T15:00");
  CHECK(digest("Europe/Berlin", fridays, "2024-07-06T00:00") == "2024-07-12T15:00");
  const DigestTimes hourly{.every = DigestEvery::hour};
  CHECK(digest("Asia/Kolkata", hourly, "2024-07-01T00:10") == "2024-07-01T00:30");
  CHECK(digest("Asia/Kolkata", hourly, "2024-07-01T00:30") == "2024-07-01T01:30");
  // 01:10 for the second time, and 01:50 for the first.
  CHECK(digest("America/Chicago", hourly, "2024-11-03T07:10") == "2024-11-03T08:00");
  CHECK(digest("America/Chicago", hourly, "2024-11-03T06:50") <= "2024-11-03T08:00");
}

}  // namespace
}  // namespace kith
