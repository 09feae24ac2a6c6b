// What an app makes of what its users do, as its profile says it (conf/apps/*.toml): which streaks,
// scores and badges an activity feeds. Plain data, checked once, never changed while the server
// runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rewards/calendar.h"
#include "protocol/result.h"

namespace kith {

// Who may tell of an activity: a client (POST /activities), the engine, which has seen it, or both.
enum class ActivitySource : std::uint8_t { any, client, engine };

struct ScoreEffect {
  std::string category;                // empty: the activity's own, else the profile's default
  std::optional<std::int64_t> points;  // nothing: the activity's `value`
};

struct ActivityRule {
  std::string kind;  // "daily_checkin"
  ActivitySource source = ActivitySource::any;
  std::vector<ScoreEffect> scores;
};

struct StreakRule {
  std::string type;  // as in streak.updated
  std::vector<std::string> kinds;
  PeriodUnit period = PeriodUnit::day;
  // An activity so soon after a period's beginning also keeps the one before from being missed.
  std::chrono::hours grace{0};
  // Missed periods that a user may be spared: had from the start, one more for each `freeze_every`
  // periods in a row, never more than the most.
  std::uint32_t freezes_at_start = 0;
  std::uint32_t freezes_max = 0;
  std::uint32_t freeze_every = 0;  // 0: none is earned
  std::chrono::hours at_risk{4};   // so long before the end of the period that would break it
};

struct CategoryRule {
  std::string name;
  std::uint32_t weight = 1;
  std::optional<std::int64_t> least;  // the score stays within these
  std::optional<std::int64_t> most;
};

struct BadgeRule {
  enum class Criterion : std::uint8_t {
    count,   // so many activities of a kind
    sum,     // their values add up to so much
    streak,  // so long a streak, once
    score,   // so high a score in a category
    rank,    // so high a rank in a category
    date,    // an activity of a kind on one of these days
  };
  std::string code;
  std::string name;
  std::string description;
  Criterion criterion = Criterion::count;
  std::string subject;      // the kind, the streak's type or the category
  std::int64_t target = 1;  // of a rank: this or better
  std::int64_t among = 1;   // of a rank: where at least so many have a score there
  Day first = 0, last = 0;  // of a date, in the user's own calendar
};

struct RewardRules {
  std::vector<ActivityRule> activities;
  std::vector<StreakRule> streaks;
  std::vector<CategoryRule> categories;
  std::vector<BadgeRule> badges;
  // Categories that are not listed may be named by an activity: they weigh nothing.
  bool open_categories = false;
  std::string default_category = "overall";
  std::chrono::days late{30};           // an activity may be told of so long after it
  std::chrono::seconds future{120};     // a client's clock may be so far ahead
  std::chrono::days zone_change{7};     // a user's time zone may change once in so long
  std::uint64_t fed_at_once = 100'000;  // places of the log that are read for messages in one go
  // Of the whole profile as written: another one has badges back-filled.
  std::string fingerprint;

  const ActivityRule* activity(std::string_view kind) const;
  const StreakRule* streak(std::string_view type) const;
  const CategoryRule* category(std::string_view name) const;
  const BadgeRule* badge(std::string_view code) const;
  // The streaks that it feeds.
  std::vector<const StreakRule*> streaks_of(std::string_view kind) const;
  bool may_score(std::string_view category) const {
    return open_categories || this->category(category);
  }
};

// Of a server without rewards.
const RewardRules& no_reward_rules();

inline constexpr std::size_t kRuleNameBytesMax = 64;
// Lower-case letters, digits and "_", a letter first.
bool is_rule_name(std::string_view text);

// Do the parts fit together? The error's message is one line that names what does not.
Status check_rules(const RewardRules& rules);

}  // namespace kith
