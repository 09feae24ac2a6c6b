#include "gateway/due_work.h"

#include "protocol/failpoint.h"

namespace kith {

DueWorker::DueWorker(Events* events, Profiles* profiles, Engine& engine,
                     std::function<TurnTime()> now)
    : events_(events), profiles_(profiles), engine_(engine), now_(std::move(now)) {}

void DueWorker::look() {
  look_at_events();
  look_at_erasures();
}

void DueWorker::look_at_events() {
  if (events_ == nullptr || waiting_) return;
  waiting_ = true;
  events_->run_due(now_().wall, [this](Result<DueWork> done) {
    waiting_ = false;
    if (!done) return;
    engine_.publish(std::move(done->events));
    if (done->more) look_at_events();
  });
}

void DueWorker::look_at_erasures() {
  if (profiles_ == nullptr || erasing_) return;
  erasing_ = true;
  profiles_->run_erasures(now_().wall, [this](Result<ErasureWork> done) {
    erasing_ = false;
    if (!done) return;
    if (done->more) KITH_FAILPOINT("after_erasure");
    engine_.publish(std::move(done->events));
    engine_.boards_moved(done->boards);
    if (done->more) look_at_erasures();
  });
}

}  // namespace kith
