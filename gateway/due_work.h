// What is due by the clock and not by anybody's asking: reminders of events, and what accounts that
// are erased leave to be done. One shard of a process looks once a second, and again at once while
// there is more; the store sees to it that what several nodes find is done once.
//
// Thread: the shard's. Answers of the store come while it lives, or not at all.
#pragma once

#include <functional>

#include "engine/engine.h"
#include "engine/ports/events.h"
#include "engine/ports/profiles.h"

namespace kith {

class DueWorker {
 public:
  // Ports may be null: then nothing of theirs is ever due. `now` is asked whenever it looks.
  DueWorker(Events* events, Profiles* profiles, Engine& engine, std::function<TurnTime()> now);

  // Looks, unless it waits for what it has asked already. Where the store cannot answer, the next
  // call asks anew.
  void look();

 private:
  void look_at_events();
  void look_at_erasures();

  Events* const events_;
  Profiles* const profiles_;
  Engine& engine_;
  const std::function<TurnTime()> now_;
  bool waiting_ = false;  // for the answer about events
  bool erasing_ = false;
};

}  // namespace kith
