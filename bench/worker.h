// One thread of the load: its share of the clients, its share of the schedule, its witnesses.
//
// The schedule is open-loop: message i is due at start + i / rate, whatever has become of those
// before it, and its latency counts from then (no coordinated omission). Every worker walks the
// same deterministic schedule and sends what falls to its own clients.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "bench/load_client.h"
#include "bench/load_context.h"

namespace kith::bench {

class Worker {
 public:
  struct Share {
    std::size_t index = 0;  // of `count` workers
    std::size_t count = 1;
  };
  struct Schedule {
    Clock::time_point start;
    std::chrono::nanoseconds duration{};
    double per_second = 0;         // messages, of all workers together
    double breaks_per_second = 0;  // connections that break, of all workers together
  };

  Worker(const Seed& seed, ClientOptions options, ChatHeads& heads, Share share,
         std::function<void(std::string)> fail);
  ~Worker();

  // From the owner's thread. start() begins connecting; send() may be called once all are ready.
  void start();
  void send(Schedule schedule);
  void stop();  // closes every socket and joins the thread
  // Latencies since the last call.
  struct Interval {
    Histogram ack;
    Histogram delivery;
  };
  Interval take_interval();

  std::size_t clients() const { return clients_.size(); }
  const Tally& tally() const { return context_.tally; }

  // After stop().
  const Histogram& ack_latency() const { return ack_total_; }
  const Histogram& delivery_latency() const { return delivery_total_; }
  const std::vector<ChatWitness>& witnesses() const { return context_.witnesses; }
  Verdict finish(const std::vector<ChatWitness>& everybody) const;
  std::uint64_t unacked() const;

 private:
  boost::asio::awaitable<void> pump();
  void connect_more();
  void send_due(Clock::time_point now);
  void retry_due(Clock::time_point now);
  void break_due(Clock::time_point now);
  void publish(Clock::time_point now);

  LoadContext context_;
  Share share_;
  std::vector<std::unique_ptr<LoadClient>> clients_;
  std::vector<LoadClient*> by_user_;  // null: another worker's, or in no chat
  std::size_t launched_ = 0;
  std::size_t connecting_ = 0;
  boost::asio::steady_timer timer_;
  bool stopping_ = false;
  Schedule schedule_{};
  std::uint64_t next_ = 0;  // message of the schedule
  std::uint64_t end_ = 0;
  Clock::time_point next_break_ = Clock::time_point::max();
  Clock::time_point next_publish_{};
  Clock::time_point next_count_{};
  Histogram ack_total_;
  Histogram delivery_total_;
  std::mutex interval_mutex_;
  Interval interval_;
  std::thread thread_;
};

}  // namespace kith::bench
