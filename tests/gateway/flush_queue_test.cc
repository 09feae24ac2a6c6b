#include "gateway/flush_queue.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <stdexcept>

namespace kith {
namespace {

using namespace std::chrono_literals;

// Each write takes a millisecond of a clock of its own.
struct Desk {
  struct Writer {
    Desk* desk = nullptr;
    int number = 0;
    bool queued = false;
    bool held = false;
    std::function<void()> then{};

    void flush() {
      queued = false;
      desk->time += 1ms;
      desk->written.push_back(number);
      if (then) then();
    }
    void hold_chunk() { held = true; }
    void expect_write() const {}
  };

  explicit Desk(int count) {
    for (int i = 0; i < count; ++i) {
      writers.push_back(std::make_unique<Writer>(Writer{.desk = this, .number = i}));
    }
  }
  void say(int first, int count) {
    for (int i = first; i < first + count; ++i) {
      Writer& writer = *writers[static_cast<std::size_t>(i)];
      if (!std::exchange(writer.queued, true)) queue.add(&writer);
    }
  }
  std::vector<int> turn() {
    written.clear();
    queue.flush([this] { return time; });
    return written;
  }

  SteadyTime time{};
  std::vector<std::unique_ptr<Writer>> writers;
  std::vector<int> written;
  FlushQueue<Writer> queue;
};

constexpr std::size_t kSlice = FlushQueue<Desk::Writer>::kFlushMax / 1ms;

TEST_CASE("a few are all written in their turn, in their order") {
  Desk desk(3);
  desk.say(0, 3);
  CHECK(desk.turn() == std::vector<int>{0, 1, 2});
  CHECK_FALSE(desk.queue.waiting());
  CHECK(desk.turn().empty());
  for (const auto& writer : desk.writers) CHECK_FALSE(writer->held);
}

TEST_CASE("who comes while a crowd is written to does not wait for it") {
  Desk desk(101);
  desk.say(0, 100);
  const auto first = desk.turn();
  CHECK(first.size() >= kSlice);
  CHECK(first.size() <= 2 * kSlice);
  CHECK(desk.queue.waiting());
  desk.say(100, 1);
  const auto second = desk.turn();
  CHECK(second.front() == 100);
  CHECK(second.size() <= 2 * kSlice + 1);
  std::vector<int> crowd = first;
  crowd.insert(crowd.end(), second.begin() + 1, second.end());
  while (desk.queue.waiting()) {
    const auto next = desk.turn();
    REQUIRE_FALSE(next.empty());
    crowd.insert(crowd.end(), next.begin(), next.end());
  }
  // Each once, and in their order.
  REQUIRE(crowd.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(crowd[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("a crowd that is always told something reaches all of it") {
  Desk desk(200);
  std::vector<int> times(200);
  for (int turn = 0; turn < 60; ++turn) {
    desk.say(0, 200);
    for (const int number : desk.turn()) ++times[static_cast<std::size_t>(number)];
  }
  for (const int written : times) CHECK(written >= 5);
}

TEST_CASE("what waits is copied where the engine keeps it no longer") {
  Desk desk(100);
  desk.say(0, 100);
  desk.turn();
  desk.say(0, 5);
  desk.queue.hold_chunks();
  for (const auto& writer : desk.writers) CHECK(writer->held == writer->queued);
}

TEST_CASE("what a write leads to goes out in the same turn") {
  Desk desk(3);
  desk.writers[1]->then = [&desk] {
    desk.writers[1]->then = nullptr;
    desk.say(1, 2);
  };
  desk.say(0, 2);
  CHECK(desk.turn() == std::vector<int>{0, 1, 1, 2});
  CHECK_FALSE(desk.queue.waiting());
}

TEST_CASE("whose write throws is gone from the queue, the others are not") {
  Desk desk(3);
  desk.writers[1]->then = [] { throw std::runtime_error("no"); };
  desk.say(0, 3);
  CHECK_THROWS_AS(desk.turn(), std::runtime_error);
  CHECK(desk.queue.waiting());
  CHECK(desk.turn() == std::vector<int>{2});
  CHECK_FALSE(desk.queue.waiting());
}

}  // namespace
}  // namespace kith
