#include "storage/publish_queue.h"

#include <utility>

namespace kith {

std::size_t PublishQueue::bytes_of(const Item& item) {
  const BusEvent& event = *item.event;
  return sizeof(Item) + sizeof(BusEvent) + event.frame.size() + event.sender_ack.size() +
         event.event.payload.size();
}

void PublishQueue::pop() {
  bytes_ -= bytes_of(items_.front());
  items_.pop_front();
}

void PublishQueue::push(BusEventPtr event, SteadyTime now) {
  items_.push_back({std::move(event), now});
  bytes_ += bytes_of(items_.back());
  while (bytes_ > limits_.bytes_max) {
    pop();
    ++dropped_;
  }
}

std::vector<BusEventPtr> PublishQueue::take(std::size_t bytes, SteadyTime now) {
  std::vector<BusEventPtr> out;
  std::size_t taken = 0;
  while (!items_.empty() && taken < bytes) {
    Item& oldest = items_.front();
    if (now - oldest.since > limits_.age_max) {
      ++dropped_;
    } else {
      taken += bytes_of(oldest);
      out.push_back(oldest.event);
    }
    pop();
  }
  return out;
}

}  // namespace kith
