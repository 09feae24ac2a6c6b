// Scores: whole numbers by category, and the composite, the mean of the profile's categories
// weighted by what each weighs:
//
//   composite = sum(weight * score) / sum(weight)
//
// in tenths, rounded half away from zero. A category in which nothing was scored yet counts 0;
// one that the profile does not list (`open_categories`) weighs nothing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rewards/rules.h"

namespace kith {

inline constexpr std::int64_t kActivityValueMax = 1'000'000'000;
// So that no sum of weighted scores overflows.
inline constexpr std::int64_t kScoreMax = 1'000'000'000'000'000;

// Categories that the profile does not list, of one user: each may make boards of its own.
inline constexpr std::ptrdiff_t kOpenCategoriesMax = 50;

struct CategoryScore {
  std::string category;
  std::int64_t score = 0;
};

// Kept within the category's bounds.
std::int64_t add_to_score(const CategoryRule* rule, std::int64_t score, std::int64_t delta);

std::int64_t composite_tenths(const RewardRules& rules, const std::vector<CategoryScore>& scores);
// "58.5", "60".
std::string format_tenths(std::int64_t tenths);

// All that the profile lists, in its order, then the others that have one, by name.
std::vector<CategoryScore> all_categories(const RewardRules& rules,
                                          std::vector<CategoryScore> scores);

// Of a series for charts.
enum class Resolution : std::uint8_t { day, week, month };
// The first day of the step that a day lies in, and of the next.
Day step_of(Resolution resolution, Day day);
Day next_step(Resolution resolution, Day step);

}  // namespace kith
