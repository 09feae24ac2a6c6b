// What is due by the clock and not by anybody's asking: reminders of events and the like. One shard
// of a process looks once a second, and again at once while there is more; the store sees to it
// that what several nodes find is done once.
//
// Thread: the shard's. Answers of the store come while it lives, or not at all.
#pragma once

#include <functional>

#include "engine/engine.h"
#include "engine/ports/events.h"

namespace kith {

class DueWorker {
 public:
  // `events` may be null: then nothing is ever due. `now` is asked whenever it looks.
  DueWorker(Events* events, Engine& engine, std::function<TurnTime()> now);

  // Looks, unless it waits for what it has asked already. Where the store cannot answer, the next
  // call asks anew.
  void look();

 private:
  Events* const events_;
  Engine& engine_;
  const std::function<TurnTime()> now_;
  bool waiting_ = false;
};

}  // namespace kith
