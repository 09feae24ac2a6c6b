#include "engine/rewards/rules.h"

#include <algorithm>
#include <set>

namespace kith {
namespace {

template <typename Rule>
const Rule* find_by(const std::vector<Rule>& rules, std::string Rule::*name,
                    std::string_view wanted) {
  const auto found =
      std::ranges::find_if(rules, [&](const Rule& rule) { return rule.*name == wanted; });
  return found == rules.end() ? nullptr : &*found;
}

Error wrong(std::string_view what, const std::string& name, std::string_view reason) {
  return fail(ErrorCode::bad_request,
              std::string(what) + " \"" + name + "\" " + std::string(reason));
}

template <typename Rule>
Status check_names(std::string_view what, const std::vector<Rule>& rules, std::string Rule::*name) {
  std::set<std::string_view> seen;
  for (const Rule& rule : rules) {
    if (!is_rule_name(rule.*name)) {
      return wrong(what, rule.*name,
                   "must be a name of at most 64 lower-case letters, digits and _");
    }
    if (!seen.insert(rule.*name).second) return wrong(what, rule.*name, "is there twice");
  }
  return Nothing{};
}

Status check_activity(const RewardRules& rules, const ActivityRule& activity) {
  for (const ScoreEffect& effect : activity.scores) {
    if (!effect.category.empty() && !rules.may_score(effect.category)) {
      return wrong("activity", activity.kind, "scores in a category that is not there");
    }
  }
  return Nothing{};
}

Status check_streak(const RewardRules& rules, const StreakRule& streak) {
  if (streak.kinds.empty()) return wrong("streak", streak.type, "is fed by nothing");
  for (const std::string& kind : streak.kinds) {
    if (rules.activity(kind) == nullptr) {
      return wrong("streak", streak.type, "is fed by an activity that is not there");
    }
  }
  const std::chrono::hours length(streak.period == PeriodUnit::day ? 20 : 7 * 24 - 4);
  if (streak.grace >= length || streak.at_risk >= length) {
    return wrong("streak", streak.type, "has grace or at_risk hours as long as its period");
  }
  if (streak.freezes_at_start > streak.freezes_max) {
    return wrong("streak", streak.type, "starts with more freezes than it may have");
  }
  return Nothing{};
}

Status check_badge(const RewardRules& rules, const BadgeRule& badge) {
  using enum BadgeRule::Criterion;
  if (badge.target < 1) return wrong("badge", badge.code, "has a target below 1");
  switch (badge.criterion) {
    case count:
    case sum:
      if (rules.activity(badge.subject) != nullptr) return Nothing{};
      return wrong("badge", badge.code, "is about an activity that is not there");
    case date:
      if (!badge.subject.empty() && rules.activity(badge.subject) == nullptr) {
        return wrong("badge", badge.code, "is about an activity that is not there");
      }
      if (badge.first > badge.last) return wrong("badge", badge.code, "ends before it begins");
      return Nothing{};
    case streak:
      if (rules.streak(badge.subject) != nullptr) return Nothing{};
      return wrong("badge", badge.code, "is about a streak that is not there");
    case score:
    case rank:
      if (rules.may_score(badge.subject)) return Nothing{};
      return wrong("badge", badge.code, "is about a category that is not there");
  }
  return Nothing{};
}

}  // namespace

const ActivityRule* RewardRules::activity(std::string_view kind) const {
  return find_by(activities, &ActivityRule::kind, kind);
}
const StreakRule* RewardRules::streak(std::string_view type) const {
  return find_by(streaks, &StreakRule::type, type);
}
const CategoryRule* RewardRules::category(std::string_view name) const {
  return find_by(categories, &CategoryRule::name, name);
}
const BadgeRule* RewardRules::badge(std::string_view code) const {
  return find_by(badges, &BadgeRule::code, code);
}

std::vector<const StreakRule*> RewardRules::streaks_of(std::string_view kind) const {
  std::vector<const StreakRule*> out;
  for (const StreakRule& rule : streaks) {
    if (std::ranges::find(rule.kinds, kind) != rule.kinds.end()) out.push_back(&rule);
  }
  return out;
}

const RewardRules& no_reward_rules() {
  static const RewardRules none;
  return none;
}

bool is_rule_name(std::string_view text) {
  if (text.empty() || text.size() > kRuleNameBytesMax) return false;
  if (text.front() < 'a' || text.front() > 'z') return false;
  return std::ranges::all_of(
      text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

Status check_rules(const RewardRules& rules) {
  for (auto names : {check_names("activity", rules.activities, &ActivityRule::kind),
                     check_names("streak", rules.streaks, &StreakRule::type),
                     check_names("category", rules.categories, &CategoryRule::name),
                     check_names("badge", rules.badges, &BadgeRule::code)}) {
    if (!names) return names;
  }
  if (!is_rule_name(rules.default_category) || !rules.may_score(rules.default_category)) {
    return wrong("category", rules.default_category, "is the default, and not there");
  }
  for (const auto& activity : rules.activities) {
    if (auto done = check_activity(rules, activity); !done) return done;
  }
  for (const auto& streak : rules.streaks) {
    if (auto done = check_streak(rules, streak); !done) return done;
  }
  for (const auto& badge : rules.badges) {
    if (auto done = check_badge(rules, badge); !done) return done;
  }
  for (const auto& category : rules.categories) {
    if (category.least && category.most && *category.least > *category.most) {
      return wrong("category", category.name, "has a least score above the most");
    }
  }
  return Nothing{};
}

}  // namespace kith
