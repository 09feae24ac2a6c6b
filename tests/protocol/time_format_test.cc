#include "protocol/time_format.h"

#include <doctest/doctest.h>

#include <random>

namespace kith {
namespace {

WallTime instant(std::int64_t ms) {
  return WallTime{std::chrono::milliseconds{ms}};
}

}  // namespace

TEST_CASE("times are written in UTC with milliseconds") {
  CHECK(format_time(instant(0)) == "1970-01-01T00:00:00.000Z");
  CHECK(format_time(instant(1'713'632'700'007)) == "2024-04-20T17:05:00.007Z");
  CHECK(format_time(instant(-1)) == "1969-12-31T23:59:59.999Z");
  CHECK(format_time(instant(951'782'400'000)) == "2000-02-29T00:00:00.000Z");
  CHECK(format_time(instant(-62'135'596'800'000)) == "0001-01-01T00:00:00.000Z");
  CHECK(format_time(instant(253'402'300'799'999)) == "9999-12-31T23:59:59.999Z");
}

TEST_CASE("a time beyond four digits of year is written as the nearest one within") {
  CHECK(format_time(WallTime::max()) == "9999-12-31T23:59:59.999Z");
  CHECK(format_time(WallTime::min()) == "0001-01-01T00:00:00.000Z");
}

TEST_CASE("what is written is read back") {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<std::int64_t> any(-62'135'596'800'000, 253'402'300'799'999);
  for (int i = 0; i < 5000; ++i) {
    const WallTime time = instant(any(random));
    REQUIRE(parse_time(format_time(time)) == time);
  }
}

TEST_CASE("all forms of RFC 3339 are read") {
  const struct {
    const char* text;
    std::int64_t ms;
  } cases[] = {
      {"1985-04-12T23:20:50.52Z", 482'196'050'520},
      {"1996-12-19T16:39:57-08:00", 851'042'397'000},
      {"1990-12-31T23:59:60Z", 662'688'000'000},
      {"1990-12-31T15:59:60-08:00", 662'688'000'000},
      {"1937-01-01T12:00:27.87+00:20", -1'041'337'172'130},
      {"2024-04-20t17:05:00z", 1'713'632'700'000},
      {"2024-04-20T17:05:00+00:00", 1'713'632'700'000},
      {"2024-04-20T17:05:00-00:00", 1'713'632'700'000},
      {"2024-04-20T17:05:00.1239999Z", 1'713'632'700'123},
      {"2024-04-20T17:05:00.00000000000000000000000000000000001Z", 1'713'632'700'000},
      {"2024-02-29T00:00:00Z", 1'709'164'800'000},
      {"0001-01-01T00:00:00Z", -62'135'596'800'000},
      {"9999-12-31T23:59:59.999Z", 253'402'300'799'999},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    CHECK(parse_time(each.text) == instant(each.ms));
  }
}

TEST_CASE("what is no RFC 3339 time is refused") {
  for (const char* text : {
           "",
           "now",
           "1713632700",
           "2024-04-20",
           "17:05:00Z",
           "2024-04-20 17:05:00Z",
           "2024-04-20T17:05:00",
           "2024-04-20T17:05Z",
           "2024-04-20T17:05:00.Z",
           "2024-04-20T17:05:00,5Z",
           "2024-4-20T17:05:00Z",
           "24-04-20T17:05:00Z",
           "2024-00-20T17:05:00Z",
           "2024-13-20T17:05:00Z",
           "2024-04-00T17:05:00Z",
           "2024-04-31T17:05:00Z",
           "2023-02-29T17:05:00Z",
           "1900-02-29T17:05:00Z",
           "2024-04-20T24:00:00Z",
           "2024-04-20T17:60:00Z",
           "2024-04-20T17:05:61Z",
           "2024-04-20T17:05:60Z",
           "2024-04-20T23:59:60-08:00",
           "2024-04-20T17:05:00Z ",
           " 2024-04-20T17:05:00Z",
           "2024-04-20T17:05:00ZZ",
           "2024-04-20T17:05:00+0000",
           "2024-04-20T17:05:00+00",
           "2024-04-20T17:05:00+24:00",
           "2024-04-20T17:05:00+00:60",
           "2024-04-20T17:05:00 Z",
           "-024-04-20T17:05:00Z",
           "+2024-04-20T17:05:00Z",
           "0000-01-01T00:00:00Z",
           "0001-01-01T00:00:00+00:01",
           "9999-12-31T23:59:59-00:01",
           "9999-12-31T23:59:60Z",
           "12024-04-20T17:05:00Z",
           "2024-04-2OT17:05:00Z",
           "2024-04-20T17:05:00\xC3\xA9Z",
       }) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text));
  }
  CHECK_FALSE(parse_time(std::string_view("2024-04-20T17:05:00Z\0", 21)));
}

TEST_CASE("no text of a damaged time stops the reader") {
  std::mt19937_64 random(2);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = "2024-04-20T17:05:00.123+02:00";
    text[random() % text.size()] = static_cast<char>(random());
    text.resize(random() % (text.size() + 1));
    const auto time = parse_time(text);
    if (time) CHECK(parse_time(format_time(*time)) == time);
  }
}

}  // namespace kith
