// How another thread gives work back to a shard. One per shard, implemented by the gateway's
// mailbox (and by a plain queue in tests).
#pragma once

#include <vector>

#include "engine/ports/callback.h"

namespace kith {

class CompletionQueue {
 public:
  virtual ~CompletionQueue() = default;
  // Runs the tasks on the shard, in order, behind what was posted before. Callable from any thread;
  // never blocks; one wake-up per call at the most, so post a batch at once. Unbounded by itself:
  // what is posted answers a request that was admitted under a limit. After the shard has stopped
  // the tasks are destroyed without being run.
  virtual void post(std::vector<Task> tasks) = 0;
};

}  // namespace kith
