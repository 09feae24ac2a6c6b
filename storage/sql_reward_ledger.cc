// The RewardLedger port over SQL: posts each operation to the storage threads. What they do stands
// in sql_activities, sql_streaks, sql_scores, sql_badges, sql_calendar and sql_reward_upkeep. A job
// may run twice, so none consumes what it captured.
#include <algorithm>

#include "storage/sql_activities.h"
#include "storage/sql_badges.h"
#include "storage/sql_calendar.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_ports.h"
#include "storage/sql_reward_upkeep.h"
#include "storage/sql_scores.h"
#include "storage/sql_streaks.h"

namespace kith {
namespace {

Error unknown_user() {
  return fail(ErrorCode::not_found, "no such user");
}

class SqlRewardLedger final : public RewardLedger {
 public:
  SqlRewardLedger(SqlHandle& worker, std::shared_ptr<const RewardRules> rules)
      : worker_(worker), rules_(std::move(rules)) {}

  void record(Actor actor, ActivityOrigin origin, Activity activity,
              Callback<Recorded> done) override {
    worker_.write_to(
        ChannelId(actor.user),
        [actor, origin, activity = std::move(activity)](WriteContext& context) {
          return record_activity(context, actor, origin, activity);
        },
        std::move(done));
  }

  void streaks(UserId user, WallTime now, Callback<std::vector<StreakState>> done) override {
    read_of<std::vector<StreakState>>(
        user,
        [now](SqlConnection& db, const RewardRules& rules, UserKey key)
            -> Result<std::vector<StreakState>> { return read_streaks(db, rules, key, now); },
        std::move(done));
  }
  void scores(UserId user, ScoreQuery query, WallTime now, Callback<Scores> done) override {
    read_of<Scores>(
        user,
        [query, now](SqlConnection& db, const RewardRules& rules, UserKey key) {
          return read_scores(db, rules, key, query, now);
        },
        std::move(done));
  }
  void badges(UserId user, Callback<BadgeList> done) override {
    read_of<BadgeList>(
        user,
        [](SqlConnection& db, const RewardRules& rules, UserKey key) -> Result<BadgeList> {
          return read_badges(db, rules, key);
        },
        std::move(done));
  }

  void set_time_zone(Actor actor, std::string zone, Callback<ZoneChange> done) override {
    worker_.write_to(
        ChannelId(actor.user),
        [actor, zone = std::move(zone)](WriteContext& context) {
          return kith::set_time_zone(context, actor, zone);
        },
        std::move(done));
  }

  void feed_messages(WallTime now, Callback<RewardUpkeep> done) override {
    if (!unfed_.sent.empty()) return feed(now, std::exchange(unfed_, {}), std::move(done));
    worker_.read(
        StoreRead::heads,
        [rules = rules_](SqlConnection& db) -> Result<UnfedMessages> {
          return read_unfed_messages(db, rules->fed_at_once);
        },
        [this, now, done = std::move(done)](Result<UnfedMessages> unfed) mutable {
          if (!unfed) return done(unfed.error());
          // A piece that has nobody left is still to be put down as done: one that was begun, and
          // one behind which the log goes on.
          if (unfed->sent.empty() && !unfed->more) return done(RewardUpkeep{});
          feed(now, std::move(*unfed), std::move(done));
        });
  }
  void roll_over(WallTime now, Callback<RewardUpkeep> done) override {
    worker_.read(
        StoreRead::rewards,
        [now](SqlConnection& db) -> Result<Due> { return first_streak_due(db, now); },
        [this, now, done = std::move(done)](Result<Due> due) mutable {
          if (!due) return done(due.error());
          if (!*due) return done(RewardUpkeep{});
          worker_.write([now](WriteContext& context) { return roll_over_streaks(context, now); },
                        late_by(now - **due, std::move(done)));
        });
  }
  void back_fill(WallTime now, Callback<RewardUpkeep> done) override {
    worker_.write([now](WriteContext& context) { return back_fill_rewards(context, now); },
                  std::move(done));
  }

 private:
  using Due = std::optional<WallTime>;

  static Callback<RewardUpkeep> late_by(std::chrono::milliseconds lag,
                                        Callback<RewardUpkeep> done) {
    return [lag, done = std::move(done)](Result<RewardUpkeep> outcome) mutable {
      if (outcome) outcome->lag = std::max(lag, std::chrono::milliseconds(0));
      done(std::move(outcome));
    };
  }

  void feed(WallTime now, UnfedMessages unfed, Callback<RewardUpkeep> done) {
    WallTime first = now;
    for (const auto& sent : unfed.sent) first = std::min(first, sent.first);
    done = late_by(now - first, std::move(done));
    worker_.write([now, unfed = std::move(unfed)](
                      WriteContext& context) { return kith::feed_messages(context, unfed, now); },
                  [this, done = std::move(done)](Result<FedMessages> fed) mutable {
                    if (!fed) return done(fed.error());
                    unfed_ = std::move(fed->rest);
                    done(std::move(fed->upkeep));
                  });
  }

  template <typename T, typename Read>
  void read_of(UserId user, Read read, Callback<T> done) {
    worker_.read(
        StoreRead::rewards,
        [user, read, rules = rules_](SqlConnection& db) -> Result<T> {
          const auto found = find_live_user(db, user);
          if (!found) return unknown_user();
          return read(db, *rules, found->key);
        },
        std::move(done));
  }

  SqlHandle& worker_;
  const std::shared_ptr<const RewardRules> rules_;
  UnfedMessages unfed_;  // the rest of a piece of the log that is being worked off
};

}  // namespace

std::unique_ptr<RewardLedger> make_sql_reward_ledger(SqlHandle& worker,
                                                     std::shared_ptr<const RewardRules> rules) {
  return std::make_unique<SqlRewardLedger>(worker, std::move(rules));
}

}  // namespace kith
