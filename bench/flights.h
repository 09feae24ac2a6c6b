// Messages under way in a closed loop: a message has landed when every subscriber but its publisher
// has it. Shared by all threads; one atomic increment per delivery.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "protocol/ids.h"

namespace kith::bench {

class Flights {
 public:
  static constexpr std::size_t kInFlightMax = 256;  // per chat

  // `landed(chat)` is called on the thread of the last subscriber.
  Flights(std::size_t chats, std::function<void(std::size_t)> landed)
      : chats_(chats), landed_(std::move(landed)) {}

  // Before the first delivery. A chat without receivers lands by its ack instead.
  void expect(std::size_t chat, std::uint32_t receivers) {
    chats_[chat].receivers = receivers;
    chats_[chat].seen = std::make_unique<std::atomic<std::uint32_t>[]>(kSlots);
  }
  void delivered(std::size_t chat, Seq seq) {
    Chat& flight = chats_[chat];
    if (!flight.seen) return;
    auto& seen = flight.seen[seq % kSlots];
    if (seen.fetch_add(1, std::memory_order_relaxed) + 1 != flight.receivers) return;
    seen.store(0, std::memory_order_relaxed);
    landed_(chat);
  }

 private:
  // What is under way has consecutive numbers, so they never share a slot.
  static constexpr std::size_t kSlots = 4 * kInFlightMax;
  struct Chat {
    std::uint32_t receivers = 0;
    std::unique_ptr<std::atomic<std::uint32_t>[]> seen;
  };
  std::vector<Chat> chats_;
  std::function<void(std::size_t)> landed_;
};

}  // namespace kith::bench
