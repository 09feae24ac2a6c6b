// A store with rewards, seen synchronously.
#pragma once

#include "engine/rewards/rules.h"
#include "protocol/time_format.h"
#include "tests/storage/store_fixture.h"

namespace kith {

#define SQL_STORES SqliteAdapter, PostgresAdapter

// daily_checkin feeds the day's streak `daily_checkin`; `train` the week's `training` and 5 points
// in `skills` (0 to 100, weight 1); `points` adds its value to its category, by default `overall`
// (weight 3); `message` counts. Badges: three check-ins, a sum of 50 points, a streak of 3, a score
// of 10 skills, the first rank of three, something done on 25 April 2024.
RewardRules test_rules();

class RewardFixture {
 public:
  explicit RewardFixture(const std::string& url, RewardRules rules = test_rules(),
                         OutgoingRules outgoing = {});

  StoreFixture& store() { return store_; }
  RewardLedger& ledger() { return store_->rewards(); }
  TestShard& shard() { return store_.shard(); }

  struct Deed {
    std::string kind;
    WallTime at{};
    std::string key;
    std::optional<std::int64_t> value{};
    std::string category{};
  };
  Result<Recorded> record(const UserRecord& user, const Deed& deed, WallTime now,
                          ActivityOrigin origin = ActivityOrigin::client);
  // Recorded as it happens, under a key of its own; must be taken.
  Recorded do_now(const UserRecord& user, const std::string& kind, WallTime now,
                  std::optional<std::int64_t> value = {}, const std::string& category = {});
  std::vector<StreakState> streaks(const UserRecord& user, WallTime now);
  StreakState streak(const UserRecord& user, const std::string& type, WallTime now);
  Scores scores(const UserRecord& user, const ScoreQuery& query, WallTime now);
  BadgeList badges(const UserRecord& user);
  Result<ZoneChange> move(const UserRecord& user, const std::string& zone, WallTime now);
  // All of the steps there are; the events.
  std::vector<DurableEvent> roll_over(WallTime now);
  std::vector<DurableEvent> feed_messages(WallTime now);
  std::vector<DurableEvent> back_fill(WallTime now);
  // The longest of the steps of the last call.
  std::chrono::milliseconds lag() const { return lag_; }

 private:
  using Step = void (RewardLedger::*)(WallTime, Callback<RewardUpkeep>);
  std::vector<DurableEvent> all_of(Step step, WallTime now);

  StoreFixture store_;
  std::uint64_t keys_ = 0;
  std::chrono::milliseconds lag_{0};
};

WallTime time_of(std::string_view text);

}  // namespace kith
