// The account by which kith-bench rewards judges a server: what it must let pass, and what not.
#include "bench/reward_ledger.h"

#include <doctest/doctest.h>

namespace kith::bench {
namespace {

constexpr LedgerDay kToday = 20'000;

TEST_CASE("a score is right as the sum of what was acked, and as nothing else") {
  RewardLedger ledger(2);
  ledger.add_points(0, 5, true);
  ledger.add_points(0, 7, true);
  CHECK_FALSE(ledger.judge_score(0, 12));
  CHECK(ledger.judge_score(0, 13));  // something counted twice, or never acked
  CHECK(ledger.judge_score(0, 7));   // something acked was lost
  CHECK(ledger.judge_score(0, std::nullopt));
  // Who has done nothing has no score, and must not have one.
  CHECK_FALSE(ledger.judge_score(1, std::nullopt));
  CHECK(ledger.judge_score(1, 5));
  CHECK(ledger.has_points(0));
  CHECK_FALSE(ledger.has_points(1));
  CHECK(ledger.known() == 2);
}

TEST_CASE("an unknown outcome explains what it can explain, and no more") {
  RewardLedger ledger(1);
  ledger.add_points(0, 10, true);
  ledger.add_points(0, 3, false);
  ledger.add_points(0, 4, false);
  for (const int score : {10, 13, 14, 17}) {
    CAPTURE(score);
    CHECK_FALSE(ledger.judge_score(0, score));
  }
  for (const int score : {0, 3, 9, 11, 12, 15, 16, 18}) {
    CAPTURE(score);
    CHECK(ledger.judge_score(0, score));
  }
  CHECK(ledger.unknown() == 2);
  CHECK(ledger.judge_score(0, 11)->find("2 of unknown outcome") != std::string::npos);
}

TEST_CASE("rows of days: the longest, and the one that goes on today or may still") {
  const std::set<LedgerDay> days = {kToday - 9, kToday - 8, kToday - 7, kToday - 2, kToday - 1};
  CHECK(longest_row(days) == 3);
  CHECK(longest_row({}) == 0);
  CHECK(current_row(days, kToday) == 2);
  CHECK(current_row(days, kToday - 1) == 2);
  CHECK(current_row(days, kToday + 1) == 0);
  CHECK(current_row({kToday}, kToday) == 1);
}

TEST_CASE("a streak is right as that of the acked days, each counted once") {
  RewardLedger ledger(1);
  for (const LedgerDay day : {kToday - 1, kToday - 2, kToday - 2, kToday - 3, kToday - 10}) {
    ledger.add_check_in(0, day, true);
  }
  const std::vector<LedgerDay> now = {kToday};
  CHECK_FALSE(ledger.judge_streak(0, {.current = 3, .longest = 3}, now));
  CHECK(ledger.judge_streak(0, {.current = 4, .longest = 4}, now));  // a day counted twice
  CHECK(ledger.judge_streak(0, {.current = 2, .longest = 2}, now));  // a day lost
  CHECK(ledger.judge_streak(0, {.current = 3, .longest = 4}, now));
  CHECK(ledger.judge_streak(0, {.current = 0, .longest = 3}, now));
  // Asked around midnight: as of either day, but not as of both in one.
  CHECK_FALSE(ledger.judge_streak(0, {.current = 0, .longest = 3}, {kToday, kToday + 1}));
  CHECK(ledger.judge_streak(0, {.current = 1, .longest = 3}, {kToday, kToday + 1}));
}

TEST_CASE("a check-in of unknown outcome may join two rows, or not") {
  RewardLedger ledger(1);
  ledger.add_check_in(0, kToday - 1, true);
  ledger.add_check_in(0, kToday - 2, false);
  ledger.add_check_in(0, kToday - 3, true);
  CHECK_FALSE(ledger.judge_streak(0, {.current = 1, .longest = 1}, {kToday}));
  CHECK_FALSE(ledger.judge_streak(0, {.current = 3, .longest = 3}, {kToday}));
  CHECK(ledger.judge_streak(0, {.current = 4, .longest = 4}, {kToday}));
  CHECK(ledger.judge_streak(0, {.current = 0, .longest = 1}, {kToday}));
}

}  // namespace
}  // namespace kith::bench
