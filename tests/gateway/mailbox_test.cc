// What other threads give a shard is run, all of it, in their order, whatever the shard does
// besides.
#include "gateway/mailbox.h"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Fixture {
  boost::asio::io_context io{1};
  Mailbox mailbox{io, [this] { ++turns; }};
  std::vector<int> ran;
  int turns = 0;

  void post(int number, std::chrono::milliseconds work = 0ms) {
    std::vector<Task> tasks;
    tasks.emplace_back([this, number, work] {
      ran.push_back(number);
      // Work, not a wait: the slice must run out of time.
      const auto until = std::chrono::steady_clock::now() + work;
      while (std::chrono::steady_clock::now() < until) {
      }
    });
    mailbox.post(std::move(tasks));
  }
  // As a shard does: what the io_context has, and nothing else.
  void run() {
    io.restart();
    while (io.poll_one() > 0) {
    }
  }
};

TEST_CASE_FIXTURE(Fixture, "what comes while a rest waits is run without another wake-up") {
  post(1, 2ms);
  post(2, 2ms);
  post(3);
  mailbox.drain();  // the time is up behind the first; the others are its rest
  CHECK(ran == std::vector{1});
  post(4);  // finds a wake-up on its way
  run();
  CHECK(ran == std::vector{1, 2, 3, 4});
  post(5);
  run();
  CHECK(ran.back() == 5);
}

TEST_CASE_FIXTURE(Fixture, "a drain by hand takes nothing from those who come later") {
  for (int i = 0; i < 100; ++i) {
    post(2 * i);
    mailbox.drain();
    post(2 * i + 1);
    run();
    REQUIRE(ran.size() == static_cast<std::size_t>(2 * i + 2));
  }
}

TEST_CASE_FIXTURE(Fixture, "a task that throws does not take the others with it") {
  std::vector<Task> tasks;
  tasks.emplace_back([] { throw std::runtime_error("a bug"); });
  mailbox.post(std::move(tasks));
  post(1);
  io.restart();
  CHECK_THROWS_AS(io.run_for(10s), std::runtime_error);
  post(2);
  run();
  CHECK(ran == std::vector{1, 2});
}

TEST_CASE_FIXTURE(Fixture, "threads that post all the time lose nothing") {
  constexpr int kThreads = 4;
  constexpr int kEach = 5'000;
  std::vector<std::thread> threads;
  std::atomic<int> count = 0;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        std::vector<Task> tasks;
        tasks.emplace_back([&] { ++count; });
        mailbox.post(std::move(tasks));
      }
    });
  }
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (count < kThreads * kEach && std::chrono::steady_clock::now() < deadline) {
    io.restart();
    io.run_one_for(100ms);
    if (count % 3 == 0) mailbox.drain();
  }
  for (auto& thread : threads) thread.join();
  CHECK(count == kThreads * kEach);
}

}  // namespace
}  // namespace kith
