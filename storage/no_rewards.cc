#include "storage/no_rewards.h"

namespace kith {
namespace {

class NoRewards final : public RewardLedger {
 public:
  explicit NoRewards(CompletionQueue& completions) : completions_(completions) {}

  void record(Actor, ActivityOrigin, Activity, Callback<Recorded> done) override {
    refuse(std::move(done));
  }
  void streaks(UserId, WallTime, Callback<std::vector<StreakState>> done) override {
    refuse(std::move(done));
  }
  void scores(UserId, ScoreQuery, WallTime, Callback<Scores> done) override {
    refuse(std::move(done));
  }
  void badges(UserId, Callback<BadgeList> done) override { refuse(std::move(done)); }
  void set_time_zone(Actor, std::string, Callback<ZoneChange> done) override {
    refuse(std::move(done));
  }
  void feed_messages(WallTime, Callback<RewardUpkeep> done) override { rest(std::move(done)); }
  void roll_over(WallTime, Callback<RewardUpkeep> done) override { rest(std::move(done)); }
  void back_fill(WallTime, Callback<RewardUpkeep> done) override { rest(std::move(done)); }

 private:
  template <typename T>
  void answer(Callback<T> done, Result<T> result) {
    std::vector<Task> tasks;
    tasks.push_back([done = std::move(done), result = std::move(result)]() mutable {
      done(std::move(result));
    });
    completions_.post(std::move(tasks));
  }
  template <typename T>
  void refuse(Callback<T> done) {
    answer<T>(std::move(done), fail(ErrorCode::unavailable, "this store keeps no rewards"));
  }
  void rest(Callback<RewardUpkeep> done) { answer<RewardUpkeep>(std::move(done), RewardUpkeep{}); }

  CompletionQueue& completions_;
};

}  // namespace

std::unique_ptr<RewardLedger> make_no_rewards(CompletionQueue& completions) {
  return std::make_unique<NoRewards>(completions);
}

}  // namespace kith
