// The newest frames of a channel, so that a client that was away for a moment is caught up without
// the log. Contiguous: holds exactly (first()-1, last()].
//
// What was edited, deleted or hidden must not be replayed with its old content (PROTOCOL 1.6), so
// such an event forgets the whole window: the log replays with the content of now. So do posts and
// broadcasts that were taken back, which is told by the same type again, as a tombstone.
//
// Most channels, a user's own above all, say nothing for hours: an empty window holds no memory.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "engine/ports/bus.h"

namespace kith {

class RecentWindow {
 public:
  static constexpr std::size_t kEventsMax = 64;
  static constexpr std::size_t kBytesMax = 32 * 1024;

  void add(const BusEventPtr& event) {
    as_of_ = 0;
    if (changes_content(event->event)) {
      clear();
      return;
    }
    if (!empty() && events_.back()->seq + 1 != event->seq) clear();
    events_.push_back(event);
    bytes_ += event->frame.size();
    trim();
  }
  // Older ones, read from the log, contiguous and with the content of now. They end where these
  // begin or further on: then what both have is taken from the log. `head`: the log's, as they were
  // read.
  void put_before(std::vector<BusEventPtr> older, Seq head = 0) {
    if (older.empty()) return;
    const Seq last = empty() ? older.back()->seq : events_.back()->seq;
    for (std::size_t i = first_; i < events_.size(); ++i) {
      if (events_[i]->seq > older.back()->seq) older.push_back(events_[i]);
    }
    // A window that lacked or repeated one would be handed to everybody who comes back.
    KITH_ASSERT(older.back()->seq == last);
    KITH_ASSERT(last - older.front()->seq + 1 == older.size());
    clear();
    events_ = std::move(older);
    for (const BusEventPtr& event : events_) bytes_ += event->frame.size();
    trim();
    as_of_ = head;
  }
  // What is shown is the content as of this number, where that is further on than the last event.
  Seq as_of() const { return as_of_; }
  bool empty() const { return events_.empty(); }
  // Does it hold everything after `after`, up to `last`?
  bool covers(Seq after, Seq last) const {
    return !empty() && events_[first_]->seq <= after + 1 && events_.back()->seq == last;
  }
  template <typename Each>
  void for_each_after(Seq after, Each&& each) const {
    for (std::size_t i = first_; i < events_.size(); ++i) {
      if (events_[i]->seq > after) each(*events_[i]);
    }
  }
  void clear() {
    events_ = std::vector<BusEventPtr>();
    first_ = 0;
    bytes_ = 0;
    as_of_ = 0;
  }
  std::size_t bytes() const { return bytes_; }

 private:
  static bool changes_content(const DurableEvent& event) {
    switch (event.type) {
      case EventType::message_update:
      case EventType::message_delete:
      case EventType::system_moderation:
      case EventType::event_updated:
      case EventType::club_updated:
        return true;
      case EventType::club_post:
      case EventType::club_broadcast:
        return event.payload.find(R"("type":"tombstone")") != std::string::npos;
      default:
        return false;
    }
  }

  void trim() {
    while (events_.size() - first_ > kEventsMax || bytes_ > kBytesMax) drop_oldest();
  }
  void drop_oldest() {
    bytes_ -= events_[first_]->frame.size();
    events_[first_++].reset();
    if (first_ == events_.size()) {
      clear();
    } else if (first_ >= kEventsMax) {  // moved up seldom, so that dropping one stays cheap
      events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
  }

  std::vector<BusEventPtr> events_;  // from `first_` on
  std::size_t first_ = 0;
  std::size_t bytes_ = 0;
  Seq as_of_ = 0;
};

}  // namespace kith
