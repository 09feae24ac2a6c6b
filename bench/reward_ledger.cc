#include "bench/reward_ledger.h"

#include <fmt/format.h>

#include <algorithm>

namespace kith::bench {
namespace {

// Beyond so many sums it is only asked whether a score lies between the least and the greatest.
constexpr std::size_t kSumsMax = 100'000;

// Can a sum be reached by some of the values?
bool reachable(std::int64_t wanted, const std::vector<std::int64_t>& values) {
  std::set<std::int64_t> sums = {0};
  std::int64_t least = 0;
  std::int64_t greatest = 0;
  for (const std::int64_t value : values) (value < 0 ? least : greatest) += value;
  if (wanted < least || wanted > greatest) return false;
  for (const std::int64_t value : values) {
    if (sums.size() > kSumsMax) return true;
    std::set<std::int64_t> more;
    for (const std::int64_t sum : sums) more.insert(sum + value);
    sums.merge(more);
  }
  return sums.contains(wanted);
}

std::string besides(std::size_t unknown) {
  return unknown == 0 ? std::string() : fmt::format(", {} of unknown outcome", unknown);
}

}  // namespace

std::int64_t longest_row(const std::set<LedgerDay>& days) {
  std::int64_t longest = 0;
  std::int64_t row = 0;
  std::optional<LedgerDay> before;
  for (const LedgerDay day : days) {
    row = before && day == *before + 1 ? row + 1 : 1;
    longest = std::max(longest, row);
    before = day;
  }
  return longest;
}

std::int64_t current_row(const std::set<LedgerDay>& days, LedgerDay today) {
  LedgerDay day = days.contains(today) ? today : today - 1;
  std::int64_t row = 0;
  for (; days.contains(day); --day) ++row;
  return row;
}

void RewardLedger::add_points(std::size_t user, std::int64_t value, bool known) {
  User& account = users_[user];
  if (known) {
    ++account.points;
    account.sum += value;
  } else {
    account.unknown_values.push_back(value);
  }
  ++(known ? known_ : unknown_);
}

void RewardLedger::add_check_in(std::size_t user, LedgerDay day, bool known) {
  User& account = users_[user];
  (known ? account.days : account.unknown_days).insert(day);
  ++(known ? known_ : unknown_);
}

std::optional<std::string> RewardLedger::judge_score(std::size_t user,
                                                     std::optional<std::int64_t> score) const {
  const User& account = users_[user];
  if (!score && account.points > 0) {
    return fmt::format("no score, where {} acked activities make {}", account.points, account.sum);
  }
  if (!score || reachable(*score - account.sum, account.unknown_values)) return std::nullopt;
  return fmt::format("a score of {}, where {} acked activities make {}{}", *score, account.points,
                     account.sum, besides(account.unknown_values.size()));
}

std::optional<std::string> RewardLedger::judge_streak(std::size_t user, StreakSeen seen,
                                                      const std::vector<LedgerDay>& today) const {
  const User& account = users_[user];
  std::set<LedgerDay> most = account.days;
  most.insert(account.unknown_days.begin(), account.unknown_days.end());
  const auto between = [&](std::int64_t value, std::int64_t least, std::int64_t greatest) {
    return value >= least && value <= greatest;
  };
  const bool longest = between(seen.longest, longest_row(account.days), longest_row(most));
  const bool current = std::any_of(today.begin(), today.end(), [&](LedgerDay day) {
    return between(seen.current, current_row(account.days, day), current_row(most, day));
  });
  if (longest && current) return std::nullopt;
  return fmt::format("a streak of {}, at most {}, where {} acked days make {}, at most {}{}",
                     seen.current, seen.longest, account.days.size(),
                     today.empty() ? 0 : current_row(account.days, today.back()),
                     longest_row(account.days), besides(account.unknown_days.size()));
}

}  // namespace kith::bench
