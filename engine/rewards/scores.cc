#include "engine/rewards/scores.h"

#include <algorithm>

namespace kith {

std::int64_t add_to_score(const CategoryRule* rule, std::int64_t score, std::int64_t delta) {
  const std::int64_t least = rule && rule->least ? *rule->least : -kScoreMax;
  const std::int64_t most = rule && rule->most ? *rule->most : kScoreMax;
  return std::clamp(score + delta, least, most);
}

std::int64_t composite_tenths(const RewardRules& rules, const std::vector<CategoryScore>& scores) {
  __extension__ typedef __int128 Wide;
  Wide weighted = 0;
  std::int64_t weights = 0;
  for (const CategoryRule& rule : rules.categories) {
    weights += rule.weight;
    const auto found = std::ranges::find(scores, rule.name, &CategoryScore::category);
    if (found != scores.end()) weighted += static_cast<Wide>(rule.weight) * found->score;
  }
  if (weights == 0) return 0;
  const Wide tenths = weighted * 10;
  const Wide half = tenths < 0 ? -(weights / 2) : weights / 2;
  return static_cast<std::int64_t>((tenths + half) / weights);
}

std::string format_tenths(std::int64_t tenths) {
  const std::int64_t whole = tenths < 0 ? -tenths : tenths;
  std::string out = tenths < 0 ? "-" : "";
  out += std::to_string(whole / 10);
  if (whole % 10 != 0) {
    out += '.';
    out += static_cast<char>('0' + whole % 10);
  }
  return out;
}

std::vector<CategoryScore> all_categories(const RewardRules& rules,
                                          std::vector<CategoryScore> scores) {
  std::vector<CategoryScore> out;
  for (const CategoryRule& rule : rules.categories) {
    const auto found = std::ranges::find(scores, rule.name, &CategoryScore::category);
    out.push_back({.category = rule.name, .score = found == scores.end() ? 0 : found->score});
  }
  std::erase_if(scores, [&](const CategoryScore& score) { return rules.category(score.category); });
  std::ranges::sort(scores, {}, &CategoryScore::category);
  out.insert(out.end(), std::make_move_iterator(scores.begin()),
             std::make_move_iterator(scores.end()));
  return out;
}

Day step_of(Resolution resolution, Day day) {
  switch (resolution) {
    case Resolution::day:
      return day;
    case Resolution::week:
      return day - weekday_of(day);
    case Resolution::month:
      return month_of(day);
  }
  return day;
}

Day next_step(Resolution resolution, Day step) {
  switch (resolution) {
    case Resolution::day:
      return step + 1;
    case Resolution::week:
      return step + 7;
    case Resolution::month:
      return next_month(step);
  }
  return step + 1;
}

}  // namespace kith
