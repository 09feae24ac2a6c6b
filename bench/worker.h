// One thread of the load: its share of the crowd, its share of the schedule, its witnesses.
//
// An open-loop schedule says when each command is due, whatever has become of those before it, and
// latency counts from then (no coordinated omission). Every worker walks the same deterministic
// schedule and sends what falls to its own clients. The loop's turns are explicit: handlers, then
// one write per client that has something to say.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "bench/load_client.h"
#include "bench/load_context.h"
#include "bench/thread_times.h"

namespace kith::bench {

enum class Sender : std::uint8_t { any_member, first_member };

struct Load {
  Clock::time_point start;
  OpenLoop open_loop;  // per_second 0: closed loop
  std::vector<std::size_t> chats;
  Sender sender = Sender::any_member;
  ActionMix mix;
  double breaks_per_second = 0;  // connections that break and come back, of all workers together
  // Closed loop.
  LoadClient::Window window = LoadClient::Window::none;
  std::size_t in_flight = 0;  // per sender
};

struct ConnectPace {
  std::size_t handshakes_max = 64;  // under way at once
  double per_second = 0;            // of all workers together; 0: as they are answered
};

class Worker {
 public:
  struct Share {
    std::size_t index = 0;  // of `count` workers
    std::size_t count = 1;
  };

  Worker(Shared& shared, Share share, std::function<void(std::string)> fail);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // From the owner's thread; load() may be called once all are ready.
  void start(ConnectPace pace);
  void load(const Load& load);
  // What every client of its own is to do, on the worker's thread.
  void for_each(std::function<void(LoadClient&)> action);
  // Client `index` of the crowd, if it is this worker's.
  void with_client(std::size_t index, std::function<void(LoadClient&)> action);
  void stop();                 // closes every socket and joins the thread
  Latencies take_latencies();  // what was published since the last call
  void publish_soon();         // else it does so ten times a second

  // Of its thread so far; between start() and stop(). None where it is not known.
  std::optional<ThreadTimes> times() const;

  const Tally& tally() const { return context_.tally; }

  // After stop().
  const std::vector<ChatWitness>& witnesses() const { return context_.witnesses; }
  const Troubles& troubles() const { return context_.troubles; }
  const std::string& server_build() const { return context_.server_build; }
  Verdict finish(const std::vector<ChatWitness>& everybody) const;
  std::uint64_t verified(const std::vector<ChatWitness>& everybody) const;
  std::uint64_t unanswered() const;

 private:
  void run_turns();
  Awaitable<void> pump();
  void connect_more();
  void start_load(const Load& load);
  void send_due(Clock::time_point now);
  void retry_due(Clock::time_point now);
  void break_due(Clock::time_point now);
  void publish(Clock::time_point now);
  void publish_latencies();
  LoadClient* own(std::size_t index) const;
  LoadClient* sender_of(std::uint64_t item, std::size_t chat) const;

  LoadContext context_;
  Share share_;
  std::vector<std::unique_ptr<LoadClient>> clients_;  // by slot
  ConnectPace pace_;
  Clock::time_point connecting_since_;
  std::size_t launched_ = 0;
  std::size_t connecting_ = 0;
  boost::asio::steady_timer timer_;
  bool stopping_ = false;
  Load load_;
  std::uint64_t next_ = 0;  // of the schedule
  std::uint64_t end_ = 0;
  std::uint64_t schedules_ = 0;
  Clock::time_point next_break_ = Clock::time_point::max();
  Clock::time_point next_publish_{};
  Clock::time_point next_count_{};
  std::atomic<pid_t> thread_id_ = 0;
  std::mutex latencies_mutex_;
  Latencies latencies_;
  std::thread thread_;
};

}  // namespace kith::bench
