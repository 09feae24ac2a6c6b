#include "engine/rewards/upkeep.h"

namespace kith {

using namespace std::chrono_literals;

namespace {

// After a step that failed: the store is down or full, and says so to everybody else too.
constexpr auto kAfterFailure = 2s;

}  // namespace

struct RewardUpkeepLoop::State {
  RewardLedger& ledger;
  Publish publish;
  std::vector<Task> tasks;
  SteadyTime steady{};
  WallTime wall{};
  bool gone = false;
};

RewardUpkeepLoop::RewardUpkeepLoop(RewardLedger& ledger, Options options, Publish publish)
    : state_(std::make_shared<State>(
          State{.ledger = ledger, .publish = std::move(publish), .tasks = {}})) {
  state_->tasks.push_back({.step = &RewardLedger::roll_over, .every = options.roll_over_every});
  // Once through, and then never again: profiles change with a restart.
  state_->tasks.push_back({.step = &RewardLedger::back_fill, .every = 0ms});
  if (options.counts_messages) {
    state_->tasks.push_back(
        {.step = &RewardLedger::feed_messages, .every = options.messages_every});
  }
}

RewardUpkeepLoop::~RewardUpkeepLoop() {
  state_->gone = true;
}

void RewardUpkeepLoop::tick(SteadyTime steady, WallTime wall) {
  state_->steady = steady;
  state_->wall = wall;
  for (std::size_t i = 0; i < state_->tasks.size(); ++i) {
    const Task& task = state_->tasks[i];
    if (!task.running && !task.finished && steady >= task.due) start(state_, i);
  }
}

RewardUpkeepLoop::Lag RewardUpkeepLoop::lag() const {
  Lag out;
  for (const Task& task : state_->tasks) {
    if (task.step == &RewardLedger::feed_messages) out.messages = task.lag;
    if (task.step == &RewardLedger::roll_over) out.streaks = task.lag;
  }
  return out;
}

void RewardUpkeepLoop::start(const std::shared_ptr<State>& state, std::size_t index) {
  state->tasks[index].running = true;
  (state->ledger.*state->tasks[index].step)(
      state->wall, [state, index](Result<RewardUpkeep> outcome) {
        if (state->gone) return;
        Task& task = state->tasks[index];
        task.running = false;
        if (!outcome) {
          task.due = state->steady + std::max<std::chrono::milliseconds>(kAfterFailure, task.every);
          return;
        }
        const bool more = outcome->more;
        task.lag = outcome->lag;
        if (!outcome->events.empty() || !outcome->boards.empty()) {
          state->publish(std::move(*outcome));
        }
        if (more) return start(state, index);
        task.due = state->steady + task.every;
        task.finished = task.every == 0ms;
      });
}

}  // namespace kith
