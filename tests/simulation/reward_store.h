// Rewards in the model of the store: the very functions that the SQL stores run, on a database in
// memory, each activity one transaction. Made when the first activity comes. Without badges: their
// notifications have ids of chance, and a life must be the same each time.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/ports/reward_ledger.h"
#include "storage/sql_connection.h"
#include "storage/sql_session.h"

namespace kith::simulation {

class RewardStore {
 public:
  static constexpr const char* kCategory = "sim";

  // Users as the store's tables have them.
  explicit RewardStore(const std::vector<UserRef>& users);

  // The events bear the numbers of no log that anybody follows.
  Result<Recorded> record(const Actor& actor, ActivityOrigin origin, const Activity& activity);
  // As though nothing had ever been told of: a repeat counts again.
  void forget_keys() { lose("DELETE FROM activities"); }
  // Of everybody's score.
  void lose_a_point() { lose("UPDATE user_scores SET score = score - 1"); }
  // As though nobody had ever done anything; what is told of late meets no day before it.
  void forget_days() { lose("DELETE FROM activity_days"); }

  // Of kCategory.
  std::optional<std::int64_t> score_of(UserKey user);
  // Of check-ins.
  StreakState streak_of(UserKey user, WallTime now);

 private:
  void lose(const char* sql);

  std::unique_ptr<SqlConnection> db_;
  std::unique_ptr<WriteContext> context_;
};

}  // namespace kith::simulation
