// What users did, and what they should have for it, in the plainest way: everything is kept, and
// counted from the beginning each time.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "storage/time_zones.h"
#include "tests/storage/rewards_fixture.h"
#include "tests/support/slow_streak.h"

namespace kith {

struct ModelActivity {
  std::string kind;
  WallTime at{};  // where it counts
  std::int64_t value = 0;
};

struct ModelUser {
  UserRecord user;
  std::vector<ModelActivity> done;
  std::map<std::string, RewardFixture::Deed> by_key;
  std::map<std::string, std::int64_t> scores;
  std::map<std::pair<std::string, Day>, std::int64_t> score_days;
  std::set<std::string> badges;
  std::vector<ZoneSpan> spans;
  TimeZonePtr first = utc();
  std::string zone = "UTC";
  std::optional<WallTime> moved;
  std::uint32_t longest = 0;  // of daily_checkin, ever

  Calendar calendar() const { return Calendar(first, spans); }
  std::int64_t times(std::string_view kind) const {
    return std::ranges::count(done, kind, &ModelActivity::kind);
  }
  std::vector<WallTime> times_of(const StreakRule& rule) const {
    std::vector<WallTime> times;
    for (const ModelActivity& activity : done) {
      if (std::ranges::find(rule.kinds, activity.kind) != rule.kinds.end()) {
        times.push_back(activity.at);
      }
    }
    return times;
  }

  // By test_rules(), whose first streak is that of daily_checkin.
  void apply(const RewardRules& rules, const ModelActivity& activity, const std::string& category,
             WallTime now) {
    done.push_back(activity);
    if (activity.kind == "train") score("skills", 5, activity.at);
    if (activity.kind == "points") {
      score(category.empty() ? "overall" : category, activity.value, activity.at);
    }
    const StreakRule& daily = rules.streaks[0];
    longest = std::max(longest, slow_streak(daily, calendar(), times_of(daily), now).longest);
    std::int64_t sum = 0;
    for (const ModelActivity& one : done) {
      if (one.kind == "points") sum += one.value;
    }
    if (times("daily_checkin") >= 3) badges.insert("three");
    if (sum >= 50) badges.insert("fifty");
    if (longest >= 3) badges.insert("row");
    if (scores["skills"] >= 10) badges.insert("skilled");
    if (activity.kind == "daily_checkin" &&
        calendar().day_of(activity.at) == *parse_day("2024-04-25")) {
      badges.insert("that_day");
    }
  }

 private:
  void score(const std::string& category, std::int64_t delta, WallTime at) {
    std::int64_t& score = scores[category];
    const std::int64_t before = score;
    score += delta;
    if (category == "skills") score = std::clamp<std::int64_t>(score, 0, 100);
    score_days[{category, calendar().day_of(at)}] += score - before;
  }
};

// A rank depends on the others' scores at the moment: its own test has that.
inline RewardRules model_rules() {
  RewardRules rules = test_rules();
  std::erase_if(rules.badges, [](const BadgeRule& badge) {
    return badge.criterion == BadgeRule::Criterion::rank;
  });
  rules.zone_change = std::chrono::days(1);
  return rules;
}

// Of a flat object, as it is written there.
inline std::string part_of_json(const std::string& json, std::string_view key) {
  const std::string opening = "\"" + std::string(key) + "\":";
  const auto at = json.find(opening);
  REQUIRE(at != std::string::npos);
  const auto begin = at + opening.size();
  return json.substr(begin, json.find_first_of(",}", begin) - begin);
}

}  // namespace kith
