// What a run has shown: a live line each second, then a summary for people, one line of JSON for
// machines and, where asked for, a page of HTML for those who were not there.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/histogram.h"
#include "bench/troubles.h"
#include "bench/verify.h"
#include "bench/workload.h"

namespace kith::bench {

// Latencies of messages, where there are several nodes: from a sender on the receiver's own, and
// from one on another. What a sender was about to send when it had to leave its node is in neither.
struct Origins {
  Histogram local;
  Histogram cross;
};

// One second of a run.
struct Interval {
  double elapsed_s = 0;     // its end, since the load began
  std::uint64_t ready = 0;  // connected and subscribed, at its end
  std::uint64_t connections = 0;
  std::uint64_t sent = 0;  // in this interval, as the others
  std::uint64_t acked = 0;
  std::uint64_t delivered = 0;
  std::uint64_t errors = 0;  // refused, rate-limited, connections that others broke
  Histogram ack;
  Histogram delivery;
  std::vector<Origins> origins{};  // of `delivery`, one; none where there is one node alone

  Interval& operator+=(const Interval& next);  // the two become one
};
// What was left when a run ended is one as well. Where it is shorter than half a second it becomes
// a part of the one before: what a drain brought in a few milliseconds is no rate.
void add_rest(std::vector<Interval>& intervals, Interval rest);
std::string live_line(const Interval& interval);

// A server on this machine, as /proc shows it. CPU is of the measured time alone.
struct ServerUsage {
  double cpu_s = 0;        // all threads but the store's
  double store_cpu_s = 0;  // threads whose name begins with "store"
  double seconds = 0;
  std::uint64_t deliveries = 0;           // in those seconds
  std::uint64_t messages = 0;             // acked, in those seconds
  std::uint64_t rss_idle_bytes = 0;       // before the first client
  std::uint64_t rss_connected_bytes = 0;  // when all were ready
  std::uint64_t rss_bytes = 0;            // at the end of the load
};
// All together; none where one of them is not known.
std::optional<ServerUsage> sum_of(const std::vector<std::optional<ServerUsage>>& servers);

// One of several.
struct NodeReport {
  std::string url;
  std::string build;
  std::uint64_t connections = 0;  // of clients whose own node it is
};

// A number of one scenario's own; `key` ends with its unit ("caught_up_s").
struct Figure {
  std::string key;
  std::optional<double> value{};  // none: it was not measured
};

// Of one kind of command, where a run has several.
struct CommandCount {
  std::string name;
  std::uint64_t sent = 0;
  std::uint64_t acked = 0;
};

// Of one kind of request over HTTP, where a run makes them.
struct OperationReport {
  std::string name;
  std::uint64_t sent = 0;
  std::uint64_t acked = 0;    // answered with 2xx
  std::uint64_t refused = 0;  // answered with what no repeat mends
  std::uint64_t unknown = 0;  // never answered: done or not, nobody knows
  std::uint64_t retried = 0;
  Troubles::Counts errors{};  // of attempts: statuses, and why there was no answer
  Histogram latency{};        // of what was acked
};

// One thread of this client. CPU and waiting are of the measured time alone.
struct ThreadReport {
  std::optional<double> cpu_percent{};     // of a core; none: not known
  std::optional<double> waited_percent{};  // of the time, for a core that others had
  double longest_pause_ms = 0;             // since the load began: stopped, without a core, or busy
  bool requests = false;  // it makes those over HTTP; there is one, beside --threads
};

// What ran, and on what.
struct Setting {
  std::string command_line;
  std::string started_at;  // RFC 3339
  std::string machine;     // processor, cores, memory, kernel
  std::string client;      // version and build of this program
  std::string server;      // `build` of connection.ready
  std::string url;
};

struct Report {
  std::string scenario;
  Setting setting;
  std::uint64_t connections = 0;
  std::uint64_t chats = 0;
  std::uint64_t threads = 0;
  std::uint64_t cores = 0;  // that this client may use, at most one per thread
  double rate = 0;          // messages/s that were intended; 0: as fast as what is in flight allows
  double seconds = 0;       // from the first intended send to the end of the schedule
  double connect_s = 0;     // from the first attempt until all were ready
  std::uint64_t sent = 0;
  std::uint64_t acked = 0;
  std::uint64_t delivered = 0;
  // Those of `seconds`: rates are of them, not of what a drain brought in afterwards.
  struct Counts {
    std::uint64_t sent = 0;
    std::uint64_t acked = 0;
    std::uint64_t delivered = 0;
    std::uint64_t delivered_local = 0;
    std::uint64_t delivered_cross = 0;
  } in_time;
  Histogram ack;
  Histogram delivery;
  // Empty where there is one node; so are the figures that tell nodes apart.
  std::vector<NodeReport> nodes;
  // Of the messages that were delivered, as in Origins.
  std::uint64_t delivered_local = 0;
  std::uint64_t delivered_cross = 0;
  Histogram delivery_local;
  Histogram delivery_cross;
  std::uint64_t moved = 0;  // of the reconnects, those to another node
  std::vector<Interval> intervals;
  Verdict verdict;
  std::vector<CommandCount> commands;       // empty: all were messages
  std::vector<OperationReport> operations;  // empty: the scenario makes no requests
  // Of what was acked, what does not stand as it must: a line per kind, with an example.
  std::vector<std::string> wrong;
  // Of the acked messages, those that were found when the chats were read back at the end.
  std::optional<std::uint64_t> verified;
  std::uint64_t unacked = 0;  // had no answer when the run ended
  std::uint64_t refused = 0;
  std::uint64_t retried = 0;
  std::uint64_t rate_limited = 0;
  std::uint64_t reconnects = 0;
  std::uint64_t gaps = 0;
  // The client's own faults.
  std::uint64_t late_sends = 0;  // it was behind its schedule
  double late_max_ms = 0;
  std::uint64_t full_sockets = 0;  // writes that held up the next for 10 ms
  double client_cpu_percent = 0;   // of one core
  double busiest_thread_percent = 0;
  std::optional<double> waited_percent;  // of the thread that waited longest for a core
  double longest_pause_ms = 0;           // of any thread
  std::vector<ThreadReport> client_threads;
  // Of connections that broke and came back: how long each was away, and what of that the client
  // waited by its own choice.
  Histogram offline;
  Histogram waited;
  Troubles troubles;
  bool server_asked = false;          // for its usage
  std::optional<ServerUsage> server;  // all of them together
  std::vector<std::optional<ServerUsage>>
      servers;                 // by --server-pid; deliveries are not told apart
  std::string server_missing;  // why there is none though it was asked for
  std::vector<Figure> figures;
  std::vector<std::string> notes;  // what one should know who reads the figures
  bool deliveries_expected = true;
  bool anybody_shares = true;               // some two connections, of different users, a chat
  bool began = false;                       // the load, that is: everybody was connected
  std::string failure;                      // why the run broke off; empty: it did not
  std::vector<std::string> failed_asserts;  // as they were given, with what was measured

  // Nothing lost, doubled, reordered or altered, everything come and every message answered, none
  // refused, something delivered where that was expected, and no --assert failed.
  bool ok() const;
};

// What a run looks at.
struct Observed {
  std::size_t nodes = 1;
  std::size_t server_processes = 0;
};
// The report of a scenario that has not run: all that its JSON line will name, nothing measured.
Report blank_report(std::string_view scenario, const ActionMix& mix, const Observed& observed);

// Why a run is not ok, a line per reason; empty: it is.
std::vector<std::string> failures(const Report& report);
// The client, not the server, is the limit or part of it: one line per reason; empty: it is not.
std::vector<std::string> client_faults(const Report& report);
// It was the limit where it had as much of the cores that it may use, or a thread of it of one.
inline constexpr double kClientBusyPercent = 90;
struct ClientUse {
  double cpu_percent = 0;  // of one core, all threads together
  double cores = 1;        // that it may use
  double busiest_thread_percent = 0;

  double per_core_percent() const { return cpu_percent / std::max(1.0, cores); }
  bool is_limit() const {
    return per_core_percent() >= kClientBusyPercent || busiest_thread_percent >= kClientBusyPercent;
  }
};
// It pauses when it looks at its clock this late, or later than a tenth of p99.9 where that is
// more.
inline constexpr double kPauseMs = 50;
// A thread that waited for a core for as much of the time.
inline constexpr double kWaitedPercent = 10;
// What else shaped the figures: the server's limits, and the report's notes.
std::vector<std::string> cautions(const Report& report);
// What is no fault, and helps to read the figures.
std::vector<std::string> remarks(const Report& report);

std::string summary(const Report& report);
// One line, without the intervals. What could not be measured (a percentile of nothing, CPU per
// delivery where nothing was delivered) is null, so that no --assert on it passes.
std::string json(const Report& report);

}  // namespace kith::bench
