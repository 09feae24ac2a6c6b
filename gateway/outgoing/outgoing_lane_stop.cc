// The part of OutgoingLane about its end.
#include <utility>

#include "gateway/outgoing/outgoing_lane.h"

namespace kith {

void OutgoingLane::stop() {
  begin_stop();
  cut_off();
  join();
}

void OutgoingLane::stop_together(std::span<OutgoingLane* const> lanes) {
  for (const auto step : {&OutgoingLane::begin_stop, &OutgoingLane::cut_off, &OutgoingLane::join}) {
    for (OutgoingLane* lane : lanes) {
      if (lane != nullptr) (lane->*step)();
    }
  }
}

void OutgoingLane::begin_stop() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(stopping_, true)) patient_until_ = Clock::now() + options_.stop_patience;
  wake_.notify_all();
  work_.notify_all();
}

void OutgoingLane::cut_off() {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, patient_until_, [this] { return in_flight_ == 0; });
  cut_ = true;
}

void OutgoingLane::join() {
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace kith
