// What the store has counted, against what it has acked.
#include <algorithm>
#include <map>

#include "tests/simulation/activities.h"
#include "tests/simulation/world.h"

namespace kith::simulation {

namespace {

bench::LedgerDay day_of(const Activity& activity) {
  const auto days = std::chrono::floor<std::chrono::days>(activity.occurred_at);
  return static_cast<bench::LedgerDay>(days.time_since_epoch().count());
}

std::string in_words(const std::optional<std::int64_t>& score) {
  return score ? std::to_string(*score) : "none";
}

}  // namespace

void Activities::note(const char* check, std::size_t user,
                      const std::optional<std::string>& fault) {
  if (fault) world_.recorder.violation(check, "user " + std::to_string(user) + ": " + *fault);
}

void Activities::judge() {
  bench::RewardLedger ledger(world_.plan.users);
  std::vector<Account> accounts(world_.plan.users);
  for (const Told& told : told_) {
    const bool known = told.id.has_value();
    if (!known && !told.given_up) {
      world_.recorder.violation(
          "R1", "activity " + told.activity.idempotency_key + " is not acked, and all is well");
    }
    Account& account = accounts[told.user];
    const auto count = [&](const auto& add) {
      if (known) add(account.least);
      add(account.most);
    };
    if (told.activity.value) {
      const std::int64_t value = *told.activity.value;
      ledger.add_points(told.user, value, known);
      count([&](Deeds& deeds) {
        ++deeds.times;
        deeds.points += value;
      });
    } else {
      const bench::LedgerDay day = day_of(told.activity);
      ledger.add_check_in(told.user, day, known);
      count([&](Deeds& deeds) { deeds.days.insert(day); });
    }
  }
  for (std::size_t user = 0; user < world_.plan.users; ++user) {
    judge_user(user, ledger);
    judge_badges(user, accounts[user]);
  }
  judge_board(ledger);
}

void Activities::judge_user(std::size_t user, const bench::RewardLedger& ledger) {
  const UserKey key = *world_.store.tables.find_user(world_.user(user));
  note("R2", user, ledger.judge_score(user, world_.store.rewards().score_of(key)));
  const StreakState streak = world_.store.rewards().streak_of(key, World::kWallStart);
  note("R3", user,
       ledger.judge_streak(user, {.current = streak.current, .longest = streak.longest},
                           {start_day()}));
}

void Activities::judge_board(const bench::RewardLedger& ledger) {
  RewardStore& rewards = world_.store.rewards();
  const auto board = rewards.top(rewards.board());
  KITH_ASSERT(board.ok());
  const BoardTop& top = **board;
  std::map<UserId, std::int64_t> scores;
  for (std::size_t i = 0; i < top.entries.size(); ++i) {
    const BoardEntry& entry = top.entries[i];
    const bool in_order = i == 0 || entry.score <= top.entries[i - 1].score;
    const bool fresh = scores.emplace(entry.user, entry.score).second;
    if (entry.rank == i + 1 && in_order && fresh) continue;
    world_.recorder.violation("R4", "the board's rank " + std::to_string(i + 1) + " is amiss");
  }
  if (top.total != top.entries.size()) {
    world_.recorder.violation("R4", "the board's total is " + std::to_string(top.total));
  }
  for (std::size_t user = 0; user < world_.plan.users; ++user) {
    const auto found = scores.find(world_.user(user));
    std::optional<std::int64_t> stands;
    if (found != scores.end()) stands = found->second;
    note("R4", user, ledger.judge_score(user, stands));
    const auto score = rewards.score_of(*world_.store.tables.find_user(world_.user(user)));
    if (stands == score) continue;
    note("R4", user, "on the board with " + in_words(stands) + ", the score is " + in_words(score));
  }
}

std::set<std::string> Activities::earned_by(const Deeds& deeds) {
  std::set<std::string> codes;
  if (deeds.times >= RewardStore::kBadgeTimes) codes.insert("times");
  if (bench::longest_row(deeds.days) >= RewardStore::kBadgeRow) codes.insert("row");
  if (deeds.points >= RewardStore::kBadgeScore) codes.insert("score");
  return codes;
}

void Activities::judge_badges(std::size_t user, const Account& account) {
  RewardStore& rewards = world_.store.rewards();
  const UserKey key = *world_.store.tables.find_user(world_.user(user));
  const std::set<std::string> due = earned_by(account.least);
  const std::set<std::string> allowed = earned_by(account.most);
  const std::set<std::string> given = rewards.badges_of(key);
  badges_ += given.size();
  for (const std::string_view badge : RewardStore::kBadges) {
    const std::string code(badge);
    const bool has = given.contains(code);
    if (!has && due.contains(code)) note("R6", user, "has earned " + code + ", and has it not");
    if (has && !allowed.contains(code)) note("R6", user, "has " + code + ", and has not earned it");
    const auto [events, notices] = rewards.badge_told(key, code);
    const std::uint32_t wanted = has ? 1 : 0;
    if (events == wanted && notices == wanted) continue;
    note("R6", user,
         std::string(has ? "has " : "has no ") + code + ", and was told of it in " +
             std::to_string(events) + " events and " + std::to_string(notices) + " notices");
  }
}

}  // namespace kith::simulation
