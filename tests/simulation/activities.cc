#include "tests/simulation/activities.h"

#include <algorithm>
#include <string>
#include <utility>

#include "bench/reward_ledger.h"
#include "tests/simulation/world.h"

namespace kith::simulation {

using namespace std::chrono_literals;

namespace {

constexpr int kDaysBack = 25;
constexpr std::uint32_t kCheckIns = 300;  // of 1000; the others are points
constexpr std::uint32_t kAgain = 250;     // of 1000: told of again, whatever came of it
constexpr std::uint32_t kGivenUp = 50;    // of 1000 that are not acked when all is well
constexpr std::int64_t kValueMax = 20;
constexpr Time kPatience = 2s;  // of one round of telling, when all is well
constexpr int kRoundsMax = 20;

bench::LedgerDay start_day() {
  const auto days = std::chrono::floor<std::chrono::days>(World::kWallStart);
  return static_cast<bench::LedgerDay>(days.time_since_epoch().count());
}

bench::LedgerDay day_of(const Activity& activity) {
  const auto days = std::chrono::floor<std::chrono::days>(activity.occurred_at);
  return static_cast<bench::LedgerDay>(days.time_since_epoch().count());
}

}  // namespace

Activities::Activities(World& world) : world_(world), random_(world.random.fork(77)) {}

void Activities::start() {
  if (world_.plan.activities_per_minute > 0) next();
}

void Activities::next() {
  const Time mean = Time{60s} / world_.plan.activities_per_minute;
  world_.scheduler.after(random_.time(0us, 2 * mean), [this] {
    if (over_ || !world_.spend_act()) return;
    do_something();
    next();
  });
}

void Activities::do_something() {
  const bool again = !told_.empty() && random_.chance(kAgain);
  tell(again ? random_.below(told_.size()) : new_activity());
}

std::size_t Activities::new_activity() {
  Told told{.user = random_.below(world_.plan.users)};
  Activity& activity = told.activity;
  Uuid& uuid = activity.id.uuid;
  for (auto& byte : uuid) byte = static_cast<std::uint8_t>(random_.next());
  const auto days_back = static_cast<int>(1 + random_.below(kDaysBack));
  activity.occurred_at =
      WallTime{std::chrono::sys_days{std::chrono::days{start_day() - days_back}} + 12h};
  activity.idempotency_key = "a" + std::to_string(told_.size());
  activity.kind = random_.chance(kCheckIns) ? "daily_checkin" : "points";
  if (activity.kind == "points") {
    activity.value = 1 + static_cast<std::int64_t>(random_.below(kValueMax));
    activity.category = RewardStore::kCategory;
  }
  told_.push_back(std::move(told));
  return told_.size() - 1;
}

void Activities::tell(std::size_t number) {
  Node* node = world_.any_node(random_);
  if (node == nullptr) return;
  const UserId& user = world_.user(told_[number].user);
  Shard& shard = node->any_shard(random_);
  std::vector<Task> tasks;
  tasks.emplace_back(
      [this, &shard, number,
       actor = Actor{
           .user = user, .key = *world_.store.tables.find_user(user), .now = node->now().wall}] {
        shard.store->rewards().record(actor, ActivityOrigin::client, told_[number].activity,
                                      [this, &shard, number](Result<Recorded> recorded) {
                                        answered(number, recorded);
                                        if (!recorded) return;
                                        shard.engine.publish(std::move(recorded->events));
                                      });
      });
  shard.queue.post(std::move(tasks));
}

void Activities::answered(std::size_t number, const Result<Recorded>& recorded) {
  Told& told = told_[number];
  const auto violation = [&](const std::string& what) {
    world_.recorder.violation("R1", "activity " + told.activity.idempotency_key + " " + what);
  };
  if (!recorded) {
    if (recorded.error().code == ErrorCode::unavailable) return;  // it may be there, or not
    return violation("was refused: " + recorded.error().message);
  }
  if (!told.id) ++acked_;
  if (told.id && *told.id != recorded->activity) violation("is two");
  told.id = recorded->activity;
  if (recorded->duplicate) {
    ++repeated_;
    return;
  }
  if (told.fresh) violation("was taken as new twice");
  told.fresh = true;
}

void Activities::settle_and_judge() {
  over_ = true;
  if (told_.empty()) return;
  for (Told& told : told_) told.given_up = !told.id && random_.chance(kGivenUp);
  for (int round = 0; round < kRoundsMax; ++round) {
    bool open = false;
    for (std::size_t number = 0; number < told_.size(); ++number) {
      if (told_[number].id || told_[number].given_up) continue;
      open = true;
      tell(number);
    }
    if (!open) break;
    world_.scheduler.run_until(world_.scheduler.now() + kPatience);
  }
  judge();
}

void Activities::judge() {
  bench::RewardLedger ledger(world_.plan.users);
  for (const Told& told : told_) {
    const bool known = told.id.has_value();
    if (!known && !told.given_up) {
      world_.recorder.violation(
          "R1", "activity " + told.activity.idempotency_key + " is not acked, and all is well");
    }
    if (told.activity.value) {
      ledger.add_points(told.user, *told.activity.value, known);
    } else {
      ledger.add_check_in(told.user, day_of(told.activity), known);
    }
  }
  for (std::size_t user = 0; user < world_.plan.users; ++user) {
    const UserKey key = *world_.store.tables.find_user(world_.user(user));
    const auto note = [&](const char* check, const std::optional<std::string>& fault) {
      if (fault) {
        world_.recorder.violation(check, "user " + std::to_string(user) + ": " + *fault);
      }
    };
    note("R2", ledger.judge_score(user, world_.store.rewards().score_of(key)));
    const StreakState streak = world_.store.rewards().streak_of(key, World::kWallStart);
    note("R3", ledger.judge_streak(user, {.current = streak.current, .longest = streak.longest},
                                   {start_day()}));
  }
}

}  // namespace kith::simulation
