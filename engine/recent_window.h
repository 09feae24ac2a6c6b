// The newest frames of a channel, so that a client that was away for a moment is caught up without
// the log. Contiguous: holds exactly (first()-1, last()].
//
// What was edited, deleted or hidden must not be replayed with its old content (PROTOCOL 1.6), so
// such an event forgets the whole window: the log replays with the content of now.
#pragma once

#include <deque>
#include <string>

#include "engine/ports/bus.h"

namespace kith {

class RecentWindow {
 public:
  static constexpr std::size_t kEventsMax = 64;
  static constexpr std::size_t kBytesMax = 32 * 1024;

  void add(const BusEventPtr& event) {
    if (changes_content(event->event.type)) {
      clear();
      return;
    }
    if (!events_.empty() && events_.back()->seq + 1 != event->seq) clear();
    events_.push_back(event);
    bytes_ += event->frame.size();
    while (events_.size() > kEventsMax || bytes_ > kBytesMax) {
      bytes_ -= events_.front()->frame.size();
      events_.pop_front();
    }
  }
  // Does it hold everything after `after`, up to `last`?
  bool covers(Seq after, Seq last) const {
    return !events_.empty() && events_.front()->seq <= after + 1 && events_.back()->seq == last;
  }
  template <typename Each>
  void for_each_after(Seq after, Each&& each) const {
    for (const auto& event : events_) {
      if (event->seq > after) each(*event);
    }
  }
  void clear() {
    events_.clear();
    bytes_ = 0;
  }
  std::size_t bytes() const { return bytes_; }

 private:
  static bool changes_content(EventType type) {
    return type == EventType::message_update || type == EventType::message_delete ||
           type == EventType::system_moderation;
  }

  std::deque<BusEventPtr> events_;
  std::size_t bytes_ = 0;
};

}  // namespace kith
