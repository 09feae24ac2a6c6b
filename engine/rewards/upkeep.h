// What rewards need beside activities: the messages counted, streaks ended or called at risk when
// their time has come, and a changed profile back-filled. One shard of each node asks; the store
// sees to it that each step is done once. A step is small and the next waits for its answer, so
// whatever a time of absence has piled up is worked off between everything else.
//
// Thread: its shard's.
#pragma once

#include <functional>

#include "engine/ports/reward_ledger.h"

namespace kith {

class RewardUpkeepLoop {
 public:
  struct Options {
    bool counts_messages = true;  // does a rule use them?
    std::chrono::milliseconds messages_every{1'000};
    std::chrono::milliseconds roll_over_every{5'000};
  };
  // What a step committed.
  using Publish = std::function<void(RewardUpkeep)>;

  RewardUpkeepLoop(RewardLedger& ledger, Options options, Publish publish);
  ~RewardUpkeepLoop();
  RewardUpkeepLoop(const RewardUpkeepLoop&) = delete;
  RewardUpkeepLoop& operator=(const RewardUpkeepLoop&) = delete;

  void tick(SteadyTime steady, WallTime wall);

  // How late the last step of each kind was; 0 where there was nothing to do.
  struct Lag {
    std::chrono::milliseconds messages{0};
    std::chrono::milliseconds streaks{0};
  };
  Lag lag() const;

 private:
  using Step = void (RewardLedger::*)(WallTime, Callback<RewardUpkeep>);
  struct Task {
    Step step;
    std::chrono::milliseconds every;
    SteadyTime due{};
    bool running = false;
    bool finished = false;
    std::chrono::milliseconds lag{0};
  };
  struct State;
  static void start(const std::shared_ptr<State>& state, std::size_t task);

  std::shared_ptr<State> state_;  // answers may come after the loop has gone
};

}  // namespace kith
