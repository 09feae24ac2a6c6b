// Messages under way in a closed loop: each lands once, with its last receiver.
#include "bench/flights.h"

#include <doctest/doctest.h>

#include <thread>

namespace kith::bench {
namespace {

TEST_CASE("a message lands once, when the last receiver has it") {
  std::vector<std::size_t> landed;
  Flights flights(3, [&](std::size_t chat) { landed.push_back(chat); });
  flights.expect(1, 3);
  flights.delivered(1, 7);
  flights.delivered(1, 7);
  CHECK(landed.empty());
  flights.delivered(1, 7);
  CHECK(landed == std::vector<std::size_t>{1});
}

TEST_CASE("messages under way do not count for each other") {
  std::vector<std::size_t> landed;
  Flights flights(2, [&](std::size_t chat) { landed.push_back(chat); });
  flights.expect(0, 2);
  flights.expect(1, 2);
  flights.delivered(0, 1);
  flights.delivered(0, 2);
  flights.delivered(1, 1);
  CHECK(landed.empty());
  flights.delivered(0, 2);
  CHECK(landed.size() == 1);
  flights.delivered(0, 1);
  flights.delivered(1, 1);
  CHECK(landed == std::vector<std::size_t>{0, 0, 1});
}

TEST_CASE("as many as may be under way, landing in any order, for thousands of them") {
  std::uint64_t landed = 0;
  Flights flights(1, [&](std::size_t) { ++landed; });
  flights.expect(0, 2);
  constexpr Seq kLast = 40 * Flights::kInFlightMax;
  // The slow receiver is a whole window behind the quick one, and reads each window backwards.
  for (Seq window = 0; window < kLast; window += Flights::kInFlightMax) {
    for (Seq seq = window + 1; seq <= window + Flights::kInFlightMax; ++seq) {
      flights.delivered(0, seq);
    }
    REQUIRE(landed == window);
    for (Seq seq = window + Flights::kInFlightMax; seq > window; --seq) flights.delivered(0, seq);
    REQUIRE(landed == window + Flights::kInFlightMax);
  }
}

TEST_CASE("a chat that nobody was expected in is no flight") {
  int landed = 0;
  Flights flights(1, [&](std::size_t) { ++landed; });
  flights.delivered(0, 1);
  CHECK(landed == 0);
}

TEST_CASE("receivers on several threads land each message exactly once") {
  constexpr std::size_t kChats = 3;
  constexpr std::uint32_t kReceivers = 4;
  constexpr Seq kMessages = 50'000;
  std::vector<std::atomic<std::uint64_t>> landed(kChats);
  Flights flights(kChats, [&](std::size_t chat) { ++landed[chat]; });
  for (std::size_t chat = 0; chat < kChats; ++chat) flights.expect(chat, kReceivers);
  std::vector<std::thread> receivers;
  for (std::uint32_t receiver = 0; receiver < kReceivers; ++receiver) {
    receivers.emplace_back([&] {
      for (Seq seq = 1; seq <= kMessages; ++seq) {
        // As the closed loop does: nothing is sent before what is too far behind has landed.
        const Seq oldest = seq < Flights::kInFlightMax ? 0 : seq - Flights::kInFlightMax;
        while (landed[0] < oldest || landed[kChats - 1] < oldest) std::this_thread::yield();
        for (std::size_t chat = 0; chat < kChats; ++chat) flights.delivered(chat, seq);
      }
    });
  }
  for (auto& receiver : receivers) receiver.join();
  for (const auto& count : landed) CHECK(count == kMessages);
}

}  // namespace
}  // namespace kith::bench
