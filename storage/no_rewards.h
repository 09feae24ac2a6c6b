// The RewardLedger of a store that keeps no rewards: every request is answered `unavailable`, and
// the upkeep has nothing to do.
#pragma once

#include <memory>

#include "engine/ports/completion_queue.h"
#include "engine/ports/reward_ledger.h"

namespace kith {

std::unique_ptr<RewardLedger> make_no_rewards(CompletionQueue& completions);

}  // namespace kith
