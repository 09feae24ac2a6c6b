// Load over HTTP: a schedule, many connections that are kept alive, and what came of each request.
//
// An open loop: item i is due at its place in the schedule whatever has become of those before it.
// It goes out over the first connection that is free, and its latency counts from when it was due.
// What is answered with 429 or 5xx, or not at all, is asked again with the same key, after what the
// server asked for or a random time that doubles, for `retry_for`. Then, and when the load is
// stopped, its outcome is unknown, unless no attempt was more than refused for the moment (429).
//
// A thread of its own, from the constructor to stop(). HttpWork is called on it.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bench/http_connection.h"
#include "bench/operations.h"
#include "bench/report.h"
#include "bench/thread_times.h"

namespace kith::bench {

enum class HttpOutcome : std::uint8_t { done, refused, unknown };

// What is asked, and what becomes of it.
class HttpWork {
 public:
  struct Item {
    std::size_t operation = 0;  // into the load's names
    HttpCall call;
  };

  virtual ~HttpWork() = default;
  virtual Item make(std::uint64_t item) = 0;
  // Once for each item that was made. `unknown`: the reply is of the last attempt, if any.
  virtual void answered(std::uint64_t item, const HttpCall& call, const HttpReply& reply,
                        HttpOutcome outcome) = 0;
};

class HttpLoad {
 public:
  struct Options {
    std::vector<Node> nodes;  // connections are dealt out to them in turn
    std::size_t connections = 64;
    std::chrono::milliseconds retry_for{30'000};
  };

  // `operations`: the names of what HttpWork makes.
  HttpLoad(Options options, const std::vector<Operation>& operations);
  ~HttpLoad();
  HttpLoad(const HttpLoad&) = delete;
  HttpLoad& operator=(const HttpLoad&) = delete;

  // From any thread, when what began before is finished. The work lives until finished(), or until
  // stop().
  void begin(HttpWork& work, const OpenLoop& schedule);
  // A closed loop: each connection makes its next request when the last one is answered, for so
  // long. Latency counts from the request.
  void begin_closed(HttpWork& work, std::chrono::nanoseconds duration);
  // Before or after the load: as quickly as the connections take it. Not in any figure.
  void begin_at_once(HttpWork& work, std::uint64_t items);
  bool finished() const { return unfinished_.load() == 0; }
  void await_finished() const;  // each item has its end, with `retry_for` at the latest
  // Every item that was made has had its answered() when this returns.
  void stop();

  const Tally& tally() const { return tally_; }
  Latencies take_latencies();  // what was published since the last call
  void publish_soon();         // else it does so ten times a second
  // Of its thread so far, until stop(). None where it is not known.
  std::optional<ThreadTimes> times() const;

  // After stop().
  const std::vector<OperationReport>& operations() const { return operations_; }
  const Troubles& troubles() const { return troubles_; }
  std::uint64_t unknown() const { return unknown_; }
  std::uint64_t connections() const { return options_.connections; }

 private:
  struct Slot {
    Slot(boost::asio::io_context& io, const Target& target, std::size_t number)
        : connection(io, target, number), timer(io) {}
    HttpConnection connection;
    boost::asio::steady_timer timer;  // while it has nothing to do, and between attempts
  };
  struct Phase {
    HttpWork* work = nullptr;
    OpenLoop schedule;
    std::uint64_t items = 0;
    bool measured = false;
    std::optional<std::chrono::nanoseconds> closed_for{};
    Clock::time_point start{};
  };

  void begin(Phase phase);
  std::optional<std::uint64_t> next_item();
  bool closed_loop_runs() const;
  void end_item();
  Awaitable<void> pump();
  Awaitable<void> serve(Slot& slot);
  Awaitable<void> ask(Slot& slot, std::uint64_t item, Clock::time_point intended);
  Awaitable<HttpOutcome> attempts(Slot& slot, const HttpWork::Item& item, HttpReply& reply);
  Awaitable<void> wait_for(Slot& slot, std::chrono::milliseconds time);
  void queue_due(Clock::time_point now);
  void note(const HttpWork::Item& item, HttpOutcome outcome, Clock::duration latency);
  void note_failed_attempt(const HttpWork::Item& item, const HttpReply& reply);
  std::chrono::milliseconds back_off(unsigned attempt, const HttpReply& reply);
  void publish();
  Clock::time_point due(std::uint64_t item) const;

  Options options_;
  std::vector<OperationReport> operations_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer pump_timer_{io_};
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> idle_;
  std::deque<std::uint64_t> queue_;  // due, and not begun; no longer than the schedule
  Phase phase_;
  std::uint64_t next_ = 0;
  bool closing_ = false;  // a closed loop, until its time is over
  bool stopping_ = false;
  std::mt19937_64 random_{std::random_device{}()};
  Latencies latencies_;  // not published yet
  Tally tally_;
  Troubles troubles_;
  std::uint64_t unknown_ = 0;
  std::atomic<std::uint64_t> unfinished_{0};
  std::mutex mutex_;
  Latencies published_;
  std::atomic<pid_t> thread_id_ = 0;
  std::thread thread_;
};

}  // namespace kith::bench
