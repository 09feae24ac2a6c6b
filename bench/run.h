// One run, from the first connection to the report: what all scenarios have in common. A scenario
// puts a crowd together, drives the run through its phases, and adds its own figures.
//
// Used on the main thread alone; the workers have theirs. Prints a live line each second to stderr.
#pragma once

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bench/http_load.h"
#include "bench/report.h"
#include "bench/server_usage.h"
#include "bench/worker.h"

namespace kith::bench {

struct RunOptions {
  ClientOptions client;
  Setting setting;
  std::size_t connections = 0;  // 0: one per user that has a chat
  std::size_t threads = 1;
  std::size_t in_flight = 0;       // 0: open loop
  double messages_per_second = 0;  // of all senders together
  double breaks_per_second = 0;
  double connects_per_second = 0;
  ActionMix mix;
  std::string history_file;  // empty: none is written
  std::chrono::milliseconds duration{10'000};
  std::chrono::milliseconds ramp{0};
  std::chrono::milliseconds settle{0};  // between all being ready and the first message
  std::chrono::milliseconds ready_within{120'000};
  std::chrono::milliseconds drain_within{20'000};  // how long the last deliveries may take
  std::vector<pid_t> server_pids;                  // none, or one, or one per node in their order
  std::vector<std::string> notes;                  // for the report
  std::size_t missed = 10;       // storm: messages per chat while the crowd is away
  std::size_t bystanders = 100;  // storm; broadcast in a club
  bool club = false;             // broadcast: by a club's owner, to its members
  std::size_t slow = 10;         // slow: clients that stop reading
  // rewards and crud.
  std::size_t users = 0;  // that act; 0: all of the seed file
  std::size_t http_connections = 64;
  bool closed = false;            // as fast as those connections allow
  double check_ins_percent = 20;  // of the activities; the others are points
  double repeats_percent = 10;    // of the activities: told of again, under the same key
  std::optional<OperationMix> operations{};
};

// The load that the options ask for, over HTTP.
void begin_load(HttpLoad& load, HttpWork& work, const RunOptions& options);

// Set by the handler of SIGINT and SIGTERM: the run ends early, and reports what there is.
extern volatile std::sig_atomic_t interrupted;

class Run {
 public:
  // Throws std::runtime_error where nobody is to be connected, and where this process may not have
  // that many connections.
  Run(std::string_view scenario, const Seed& seed, Crowd crowd, const RunOptions& options);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // Each of these answers whether the run goes on; a failure is in the report.
  bool connect(ConnectPace pace);
  bool watch(std::chrono::milliseconds time);
  bool watch_until(std::chrono::milliseconds within, std::string otherwise,
                   const std::function<bool()>& condition);
  bool watch_until(std::chrono::milliseconds within, const std::function<std::string()>& otherwise,
                   const std::function<bool()>& condition);
  bool drain();  // until everything acked is with everybody

  void start(Load load);  // at once
  void stop_load();       // what is not due yet never will be
  // The server's and the client's CPU, deliveries and seconds are of the time between these.
  void begin_measuring();
  void end_measuring();
  // Latencies since the last call. What came last is among them when it is kPublished old.
  static constexpr std::chrono::milliseconds kPublished{250};
  Latencies take_phase();

  // Requests besides the sockets: counted, measured and waited for as what those send. Before
  // connect(); finish() stops it.
  // Throws std::runtime_error where this process may not have as many connections.
  void attach(HttpLoad& load);
  // What is at fault with what was acked, a line.
  void wrong(std::string what) { report_.wrong.push_back(std::move(what)); }
  // Per second, of what is sent beside start()'s load.
  void intend(double per_second) { report_.rate = per_second; }

  // On every thread, to its own clients.
  void for_each(const std::function<void(LoadClient&)>& action);
  void with_client(std::size_t index, const std::function<void(LoadClient&)>& action);

  std::uint64_t sum(Tally::Counter Tally::*counter) const;
  const Crowd& crowd() const { return crowd_; }
  const ChatHeads& heads() const { return shared_.heads; }
  Flights& flights() { return shared_.flights; }
  DueWindows& windows() { return shared_.windows; }
  const ClientOptions& client() const { return shared_.options; }
  const std::optional<ServerUsage>& server() const { return report_.server; }
  // One of those that blank_report() names for the scenario.
  void figure(std::string_view key, std::optional<double> value);
  void expect_no_deliveries() { report_.deliveries_expected = false; }
  // What one should know who reads the figures.
  void caution(std::string text) { report_.notes.push_back(std::move(text)); }
  // Clients have begun to inspect what was acked: the report says how much of it they found.
  void verifying() { verifying_ = true; }

  Report finish();  // once, at the end

  // The first failure, of any client or of the scenario, ends the run.
  void fail(std::string why);

 private:
  // For the history: what stands in every log at the end.
  void read_back();
  void close_history();
  bool failed() { return failed_within(std::chrono::milliseconds(0)); }
  bool failed_within(std::chrono::milliseconds time);
  void live_when_due(Clock::time_point now);
  void ask_for_latencies();
  Interval end_interval(Clock::time_point now, std::uint64_t ready);
  void collect_latencies();
  void count_until(Clock::time_point now);
  std::string trouble();
  std::vector<const Tally*> tallies() const;  // of each worker, and of the requests'
  void collect_tallies();
  void collect_requests();

  const Seed& seed_;
  const RunOptions& options_;
  const Crowd crowd_;
  Shared shared_;
  Report report_;
  std::vector<std::unique_ptr<Worker>> workers_;
  HttpLoad* http_ = nullptr;  // none is made
  Latencies phase_;
  Interval interval_;  // under way
  bool verifying_ = false;
  Clock::time_point load_began_{};
  Clock::time_point next_line_ = Clock::time_point::max();
  bool asked_ = false;  // for the latencies of the next line
  Interval before_;     // totals at the last line
  // Of each of --server-pid.
  using Usages = std::vector<std::optional<ProcessUsage>>;
  struct Mark {
    Clock::time_point at;
    double client_cpu_s = 0;
    std::vector<std::optional<ThreadTimes>> threads;  // of each worker, and of the requests'
    std::uint64_t delivered = 0;
    std::uint64_t acked = 0;
    Usages servers;
  };
  Mark mark();
  void measure_threads(const Mark& to, double elapsed);
  Usages usages();
  void note_memory(const Usages& idle, const Usages& connected);
  void describe_nodes();
  Mark measured_from_;
  std::mutex failure_mutex_;
  std::condition_variable failure_changed_;
  std::optional<std::string> failure_;
};

}  // namespace kith::bench
