#include "gateway/due_work.h"

namespace kith {

DueWorker::DueWorker(Events* events, Engine& engine, std::function<TurnTime()> now)
    : events_(events), engine_(engine), now_(std::move(now)) {}

void DueWorker::look() {
  if (events_ == nullptr || waiting_) return;
  waiting_ = true;
  events_->run_due(now_().wall, [this](Result<DueWork> done) {
    waiting_ = false;
    if (!done) return;
    engine_.publish(std::move(done->events));
    if (done->more) look();
  });
}

}  // namespace kith
