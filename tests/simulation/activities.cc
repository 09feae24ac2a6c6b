#include "tests/simulation/activities.h"

#include <algorithm>
#include <string>
#include <utility>

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
// More than a board is told in a second, within one.
constexpr std::uint32_t kBursts = 25;  // of 1000
constexpr Time kBurstPauseMax = 60ms;
// To the store, and to the bus.
constexpr Time kMoveTold = 300ms;
// A look at the boards a second, the read, a quarter of a second of quiet; and for who comes back.
constexpr Time kBoardPatience = 5s;
constexpr Time kBoardLook = 50ms;

}  // namespace

bench::LedgerDay Activities::start_day() {
  const auto days = std::chrono::floor<std::chrono::days>(World::kWallStart);
  return static_cast<bench::LedgerDay>(days.time_since_epoch().count());
}

Activities::Activities(World& world) : world_(world), random_(world.random.fork(77)) {}

void Activities::start() {
  if (world_.plan.activities_per_minute > 0) next();
}

void Activities::next() {
  const Time mean = Time{60s} / world_.plan.activities_per_minute;
  Time pause = random_.time(0us, 2 * mean);
  if (world_.calm()) {
    burst_ = 0;  // what is measured then must find a moment in which all have everything
  } else if (burst_ > 0) {
    --burst_;
    pause = random_.time(0us, kBurstPauseMax);
  } else if (random_.chance(kBursts)) {
    burst_ = random_.small(4, 24);
  }
  world_.scheduler.after(pause, [this] {
    if (over_ || !world_.spend_act()) return;
    do_something();
    next();
  });
}

void Activities::do_something() {
  const bool again = !told_.empty() && random_.chance(kAgain);
  if (again) return tell(random_.below(told_.size()));
  tell(new_activity(random_.chance(kCheckIns) ? kCheckIn : kPoints));
}

std::size_t Activities::new_activity(const char* kind) {
  Told told{.user = random_.below(world_.plan.users)};
  Activity& activity = told.activity;
  Uuid& uuid = activity.id.uuid;
  for (auto& byte : uuid) byte = static_cast<std::uint8_t>(random_.next());
  const auto days_back = static_cast<int>(1 + random_.below(kDaysBack));
  activity.occurred_at =
      WallTime{std::chrono::sys_days{std::chrono::days{start_day() - days_back}} + 12h};
  activity.idempotency_key = "a" + std::to_string(told_.size());
  activity.kind = kind;
  if (activity.kind == kPoints) {
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
                                        shard.engine.boards_moved(recorded->boards);
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
  settle();
  wait_for_boards();
  lose_tail();
  judge();
}

void Activities::settle() {
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
}

// The last move of the board, and nothing behind it that would show it to who has not heard of it.
void Activities::lose_tail() {
  world_.recorder.note("the bus loses a move of the board");
  world_.bus.lose_all(true);
  tell(new_activity(kPoints));
  world_.scheduler.run_until(world_.scheduler.now() + kMoveTold);
  world_.bus.lose_all(false);
  world_.scheduler.run_until(world_.scheduler.now() + kPatience);
  settle();
  wait_for_boards();
}

void Activities::wait_for_boards() {
  const Time end = world_.scheduler.now() + kBoardPatience;
  const auto missing = [this]() -> std::optional<std::string> {
    for (const auto& client : world_.clients) {
      if (auto found = client->board_not_well()) return found;
    }
    return std::nullopt;
  };
  while (const auto found = missing()) {
    if (world_.scheduler.now() >= end) return world_.recorder.violation("R5", *found);
    world_.scheduler.run_until(world_.scheduler.now() + kBoardLook);
  }
}

}  // namespace kith::simulation
