// What a server must have counted, from what it has acked: an account that knows nothing of streaks
// and scores but their definition. Pure: no clock, no socket, so that tests can make it go red.
//
// An outcome that is unknown (no answer, however often it was asked) may stand in the server or
// not: what is counted is right if some choice among those explains it. It excuses nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace kith::bench {

// Days since 1970-01-01, in the user's zone.
using LedgerDay = std::int32_t;

struct StreakSeen {
  std::int64_t current = 0;
  std::int64_t longest = 0;
};

class RewardLedger {
 public:
  explicit RewardLedger(std::size_t users) : users_(users) {}

  // Each activity once, however often it was told of.
  void add_points(std::size_t user, std::int64_t value, bool known);
  void add_check_in(std::size_t user, LedgerDay day, bool known);

  // Nothing: it is right. Else what is wrong, in a few words.
  // `score`: none where the user has none in the category.
  std::optional<std::string> judge_score(std::size_t user, std::optional<std::int64_t> score) const;
  // Of a daily streak without grace and freezes, which nothing was done for before. `today`: the
  // days that it may have been when the answer was made.
  std::optional<std::string> judge_streak(std::size_t user, StreakSeen seen,
                                          const std::vector<LedgerDay>& today) const;

  bool has_points(std::size_t user) const { return users_[user].points > 0; }
  std::uint64_t known() const { return known_; }
  std::uint64_t unknown() const { return unknown_; }

 private:
  struct User {
    std::uint64_t points = 0;  // activities that were acked
    std::int64_t sum = 0;      // of their values
    std::vector<std::int64_t> unknown_values;
    std::set<LedgerDay> days;
    std::set<LedgerDay> unknown_days;
  };

  std::vector<User> users_;
  std::uint64_t known_ = 0;
  std::uint64_t unknown_ = 0;
};

// The longest row of days that follow one another; and the one that still goes on on `today`: it
// has today in it or the day before.
std::int64_t longest_row(const std::set<LedgerDay>& days);
std::int64_t current_row(const std::set<LedgerDay>& days, LedgerDay today);

}  // namespace kith::bench
