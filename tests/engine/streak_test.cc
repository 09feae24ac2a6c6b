// Streaks against a model that walks through the days one by one, and moves between time zones.
#include "engine/rewards/streak.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

#include "protocol/time_format.h"
#include "storage/time_zones.h"
#include "tests/engine/instant.h"
#include "tests/support/slow_streak.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

TimeZonePtr zone(std::string_view name) {
  TimeZonePtr found = find_users_zone(name);
  REQUIRE(found != nullptr);
  return found;
}

StreakRule rule_of(StreakRule rule) {
  rule.type = "test";
  rule.kinds = {"test"};
  return rule;
}

StreakNow count(const StreakRule& rule, const Calendar& calendar, std::vector<WallTime> times,
                WallTime now) {
  std::ranges::sort(times);
  std::map<Period, bool> periods;
  for (const WallTime time : times) {
    const ActivePeriod active = active_period(rule, calendar, time);
    periods[active.period] = periods[active.period] || active.early;
  }
  std::vector<ActivePeriod> active;
  for (const auto& [period, early] : periods) active.push_back({period, early});
  return streak_at(rule, calendar, count_streak(rule, calendar, active), now);
}

TEST_CASE("a streak goes on day by day, and is over when one has passed without") {
  const Calendar berlin(zone("Europe/Berlin"));
  const StreakRule rule = rule_of({.at_risk = 4h});
  const std::vector<WallTime> days = {
      instant("2024-03-29T10:00:00Z"), instant("2024-03-30T22:30:00Z"),
      instant("2024-03-30T23:30:00Z")};  // the 31st begins at 23:00 UTC
  CHECK(count(rule, berlin, days, instant("2024-03-31T12:00:00Z")).current == 3);
  // The day of the change has 23 hours; the 1st of April ends at 22:00 UTC.
  const auto before = count(rule, berlin, days, instant("2024-04-01T17:59:59Z"));
  CHECK(before.current == 3);
  CHECK_FALSE(before.at_risk);
  CHECK(before.due == instant("2024-04-01T18:00:00Z"));
  CHECK(before.lapses == instant("2024-04-01T22:00:00Z"));
  CHECK(count(rule, berlin, days, instant("2024-04-01T18:00:00Z")).at_risk);
  const auto after = count(rule, berlin, days, instant("2024-04-01T22:00:00Z"));
  CHECK(after.current == 0);
  CHECK(after.longest == 3);
  CHECK_FALSE(after.due.has_value());
}

TEST_CASE("grace spares the day before; freezes spare days, and are earned again") {
  const Calendar utc(zone("UTC"));
  const StreakRule grace = rule_of({.grace = 3h});
  CHECK(count(grace, utc, {instant("2024-01-01T12:00:00Z"), instant("2024-01-03T02:59:59Z")},
              instant("2024-01-03T12:00:00Z"))
            .current == 2);
  CHECK(count(grace, utc, {instant("2024-01-01T12:00:00Z"), instant("2024-01-03T03:00:00Z")},
              instant("2024-01-03T12:00:00Z"))
            .current == 1);
  CHECK(count(grace, utc, {instant("2024-01-01T12:00:00Z")}, instant("2024-01-03T02:59:59Z"))
            .current == 1);
  const StreakRule freezes = rule_of({.freezes_at_start = 1, .freezes_max = 2, .freeze_every = 3});
  const std::vector<WallTime> times = {instant("2024-01-01T12:00:00Z"),
                                       instant("2024-01-03T12:00:00Z"),
                                       instant("2024-01-04T12:00:00Z")};
  const auto now = count(freezes, utc, times, instant("2024-01-05T12:00:00Z"));
  CHECK(now.current == 3);
  CHECK(now.freezes == 1);
  CHECK(now.lapses == instant("2024-01-07T00:00:00Z"));
}

TEST_CASE("weeks begin on Monday, in the user's zone") {
  const Calendar tokyo(zone("Asia/Tokyo"));
  const StreakRule weekly = rule_of({.period = PeriodUnit::week, .at_risk = 24h});
  const std::vector<WallTime> times = {instant("2024-04-21T14:59:59Z"),
                                       instant("2024-04-21T15:00:00Z")};
  const auto now = count(weekly, tokyo, times, instant("2024-04-22T00:00:00Z"));
  CHECK(now.current == 2);
  CHECK(now.due == instant("2024-05-04T15:00:00Z"));
  CHECK(now.lapses == instant("2024-05-05T15:00:00Z"));
}

TEST_CASE("moving makes the day under way longer, never shorter, and opens none again") {
  const Calendar utc(zone("UTC"));
  const WallTime now = instant("2024-06-10T10:00:00Z");
  const Day today = *parse_day("2024-06-10");
  struct Row {
    const char* zone;
    const char* from;
    const char* date;
  };
  for (const auto& [name, from, date] :
       {Row{"Pacific/Kiritimati", "2024-06-11T10:00:00Z", "2024-06-12"},
        Row{"Etc/GMT+12", "2024-06-11T12:00:00Z", "2024-06-11"},
        Row{"Europe/Berlin", "2024-06-11T22:00:00Z", "2024-06-12"},
        Row{"America/New_York", "2024-06-11T04:00:00Z", "2024-06-11"}}) {
    INFO(name);
    const ZoneSpan span = utc.move(zone(name), now);
    CHECK(format_time(span.from) == format_time(instant(from)));
    CHECK(span.after == today);
    const Calendar moved(zone("UTC"), {span});
    CHECK(moved.day_of(span.from - 1ms) == today);
    CHECK(moved.day_of(span.from) == *parse_day(date));
    CHECK(moved.day_of(now - 24h) == today - 1);
    for (Day day = today + 1; day < *parse_day(date); ++day) CHECK(moved.is_void(day));
  }
  // Giving up a move that has not begun does not bring back midnight.
  const ZoneSpan away = utc.move(zone("Pacific/Kiritimati"), now);
  const Calendar moving(zone("UTC"), {away});
  const WallTime late = instant("2024-06-11T05:00:00Z");
  CHECK(moving.day_of(late) == today);
  const ZoneSpan back = moving.move(zone("UTC"), late);
  CHECK(back.after == today);
  CHECK(format_time(back.from) == "2024-06-12T00:00:00.000Z");
}

constexpr const char* kZones[] = {"UTC",          "Europe/Berlin",    "Pacific/Kiritimati",
                                  "Etc/GMT+12",   "America/New_York", "Asia/Kathmandu",
                                  "Pacific/Apia", "America/Sao_Paulo"};

TEST_CASE("nobody lives more days than there are, however often they move") {
  std::mt19937_64 random(11);
  for (int run = 0; run < 60; ++run) {
    std::vector<ZoneSpan> spans;
    WallTime now = instant("2011-11-01T00:00:00Z");
    const auto here = [&] { return Calendar(zone("UTC"), spans); };
    for (int moves = 0; moves < 12; ++moves) {
      now += std::chrono::minutes(random() % (9 * 24 * 60));
      const ZoneSpan span = here().move(zone(kZones[random() % std::size(kZones)]), now);
      std::erase_if(spans, [&](const ZoneSpan& other) { return other.from > now; });
      spans.push_back(span);
    }
    const Calendar calendar = here();
    Day day = calendar.day_of(instant("2011-11-01T00:00:00Z"));
    for (WallTime begun = calendar.start_of(day); begun < now + 240h;) {
      Day next = day + 1;
      while (calendar.is_void(next)) ++next;
      const WallTime end = calendar.start_of(next);
      INFO(format_day(day) << " from " << format_time(begun) << " to " << format_time(end));
      REQUIRE(end - begun >= 23h);
      REQUIRE(calendar.day_of(begun) == day);
      REQUIRE(calendar.day_of(end - 1ms) == day);
      day = next;
      begun = end;
    }
  }
}

TEST_CASE("counted at once, one by one and in any order: as the model that walks the days") {
  std::mt19937_64 random(5);
  for (int run = 0; run < 400; ++run) {
    StreakRule rule = rule_of({.period = random() % 4 == 0 ? PeriodUnit::week : PeriodUnit::day,
                               .grace = std::chrono::hours(random() % 3 * 3),
                               .freezes_at_start = static_cast<std::uint32_t>(random() % 3),
                               .freezes_max = static_cast<std::uint32_t>(2 + random() % 2),
                               .freeze_every = static_cast<std::uint32_t>(random() % 5),
                               .at_risk = std::chrono::hours(random() % 12)});
    std::vector<ZoneSpan> spans;
    WallTime time = instant("2011-10-01T00:00:00Z");
    std::vector<WallTime> times;
    for (int i = 0; i < 60; ++i) {
      time += std::chrono::minutes(random() % (random() % 8 == 0 ? 5 * 24 * 60 : 30 * 60));
      if (rule.period == PeriodUnit::week) time += std::chrono::hours(random() % 150);
      times.push_back(time);
      if (random() % 20 == 0) {
        const ZoneSpan span =
            Calendar(zone("UTC"), spans).move(zone(kZones[random() % std::size(kZones)]), time);
        std::erase_if(spans, [&](const ZoneSpan& other) { return other.from > time; });
        spans.push_back(span);
      }
    }
    const Calendar calendar(zone("UTC"), spans);
    for (int look = 0; look < 10; ++look) {
      const WallTime now = time + std::chrono::minutes(random() % (6 * 24 * 60));
      const SlowStreak expected = slow_streak(rule, calendar, times, now);
      const StreakNow found = count(rule, calendar, times, now);
      INFO("run " << run << " at " << format_time(now));
      REQUIRE(found.current == expected.current);
      REQUIRE(found.longest == expected.longest);
      REQUIRE(found.at_risk == expected.at_risk);
    }
  }
}

}  // namespace
}  // namespace kith
