// What waits to be published to the other nodes, bounded in bytes. When it is full the oldest goes:
// the log has it, and the look at the heads finds it. For the same reason nothing old is sent after
// an outage: it has been healed by then, and who was typing then is not typing now.
//
// Thread: one at a time; the owner locks.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <vector>

#include "engine/ports/bus.h"

namespace kith {

class PublishQueue {
 public:
  struct Limits {
    std::size_t bytes_max = 32 * 1024 * 1024;
    std::chrono::milliseconds age_max{2000};
  };
  explicit PublishQueue(Limits limits) : limits_(limits) {}

  void push(BusEventPtr event, SteadyTime now);
  // The oldest ones that are young enough, up to about so many bytes; at least one where there is
  // any.
  std::vector<BusEventPtr> take(std::size_t bytes, SteadyTime now);

  bool empty() const { return items_.empty(); }
  std::size_t bytes() const { return bytes_; }
  std::uint64_t dropped() const { return dropped_; }  // for want of room, or for their age

 private:
  struct Item {
    BusEventPtr event;
    SteadyTime since{};
  };
  static std::size_t bytes_of(const Item& item);
  void pop();

  const Limits limits_;
  std::deque<Item> items_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace kith
