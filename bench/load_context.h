// What the clients of one bench thread share: the parser, the counters, the witnesses. Owned by
// bench/worker, used on its thread alone; only Tally and what is in Shared is read by others.
#pragma once

#include <simdjson.h>

#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bench/crowd.h"
#include "bench/due_windows.h"
#include "bench/flights.h"
#include "bench/histogram.h"
#include "bench/history_file.h"
#include "bench/nodes.h"
#include "bench/seed_file.h"
#include "bench/troubles.h"
#include "bench/verify.h"
#include "bench/workload.h"
#include "protocol/ids.h"

namespace kith::bench {

using Clock = std::chrono::steady_clock;

// Of the one executor that there is: Asio's type-erased one costs a client a tenth of its time.
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
template <typename T>
using Awaitable = boost::asio::awaitable<T, Executor>;
inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>{});

struct ClientOptions {
  std::vector<Node> nodes;
  PayloadSizes payload;
  bool keeps_message_ids = false;  // so that there is something to edit, read and react to
  bool reconnect = true;
  std::chrono::milliseconds reconnect_for{30'000};  // how long a client may stay away
  std::uint32_t run = 0;  // marks this run's messages, so that others' are not measured
};

// Written by one worker, read by the reporting thread.
struct Tally {
  using Counter = std::atomic<std::uint64_t>;
  Counter sent{0};         // commands whose time had come
  Counter acked{0};        // distinct ones
  Counter untraceable{0};  // of them, those that do not say where it stands what they are of
  Counter delivered{0};    // events that reached somebody else than their sender
  // Of the messages among them, where there are several nodes: from a sender on the receiver's own
  // node, and from one on another.
  Counter delivered_local{0};
  Counter delivered_cross{0};
  Counter moved{0};  // clients that came back on another node than they had been on
  Counter retried{0};
  Counter refused{0};  // answered with an error that no retry mends
  Counter rate_limited{0};
  Counter reconnects{0};
  Counter gaps{0};
  Counter broadcasts{0};    // club.broadcast events that came
  Counter board_frames{0};  // leaderboard.updated frames that came
  Counter board_bytes{0};   // of them
  Counter board_copies{0};  // boards that were asked for as a whole
  Counter broken{0};        // connections that ended without this client's doing
  Counter ready{0};         // clients that are connected and subscribed right now
  Counter late_sends{0};
  Counter late_max_us{0};
  Counter full_sockets{0};  // writes that the kernel did not take at once
  Counter unfinished{0};    // what the drain still waits for
  Counter pause_max_us{0};  // since the load began: how late the thread was to look at its clock
  Counter caught_up{0};     // clients that were held or had stopped reading, and have everything
  Counter late_bytes{0};    // what they took meanwhile
  // By Action.
  std::array<Counter, kActionNames.size()> sent_of{};
  std::array<Counter, kActionNames.size()> acked_of{};
};
// Its thread looked at its clock this late: it was stopped, had no core, or too much to do.
void note_pause(Tally& tally, Clock::duration late);
inline void add(Tally::Counter& counter, std::uint64_t n = 1) {
  counter.fetch_add(n, std::memory_order_relaxed);
}

// The lowest and the highest acked number of each chat, over all threads: what every member must
// get.
class ChatHeads {
 public:
  explicit ChatHeads(std::size_t chats) : chats_(chats) {}
  void raise(std::size_t chat, Seq seq) {
    auto& head = chats_[chat].head;
    auto now = head.load(std::memory_order_relaxed);
    while (now < seq && !head.compare_exchange_weak(now, seq)) {
    }
    auto& first = chats_[chat].first;
    now = first.load(std::memory_order_relaxed);
    while ((now == 0 || seq < now) && !first.compare_exchange_weak(now, seq)) {
    }
  }
  Seq head(std::size_t chat) const { return chats_[chat].head.load(std::memory_order_relaxed); }
  Seq first(std::size_t chat) const { return chats_[chat].first.load(std::memory_order_relaxed); }

 private:
  struct Chat {
    std::atomic<Seq> head{0};
    std::atomic<Seq> first{0};  // 0: none
  };
  std::vector<Chat> chats_;
};

// What the last attempt of any client to connect ended with, for the live line. Any thread.
class LastTrouble {
 public:
  void set(std::string what) {
    const std::lock_guard lock(mutex_);
    what_ = std::move(what);
  }
  std::string get() {
    const std::lock_guard lock(mutex_);
    return what_;
  }

 private:
  std::mutex mutex_;
  std::string what_;
};

// What all threads of a run share.
struct Shared {
  const Seed& seed;
  const Crowd& crowd;
  std::vector<Crowd::Place> places;  // by client of the crowd
  ClientOptions options;
  std::vector<std::size_t> homes;  // the node of each, likewise
  Seats seats;
  ChatHeads heads;
  Flights flights;
  std::unique_ptr<HistoryFile> history{};  // null: none is wanted
  LastTrouble trouble{};
  DueWindows windows{};

  bool several_nodes() const { return options.nodes.size() > 1; }
};

struct Latencies {
  Histogram ack;
  Histogram delivery;
  Histogram in_windows;  // of `delivery`, what was due in Shared::windows
  // From release(), or from reading again, to having everything.
  Histogram caught_up;
  // Of each connection that broke and came back: from one to the other, and of that what the client
  // waited by its own choice before it tried again.
  Histogram offline;
  Histogram waited;
  Histogram broadcast;  // of club.broadcast events, by what they say of themselves
  // Of `delivery`, where there are several nodes: see Tally.
  Histogram local;
  Histogram cross;

  void merge(const Latencies& other);
};

class LoadClient;

struct LoadContext {
  LoadContext(Shared& run, std::uint64_t random_seed);

  // Ends the whole run with one line that says why; the first one counts.
  std::function<void(std::string)> fail;
  // A client's first attempt to connect is over, well or not: the next one may begin.
  std::function<void()> first_attempt_over;

  Shared& shared;
  const Seed& seed;
  const ClientOptions& options;
  boost::asio::io_context io{1};
  simdjson::dom::parser parser;
  std::string padded;                  // a frame with simdjson's padding behind it
  std::vector<ChatWitness> witnesses;  // by chat
  Tally tally;
  Latencies latencies;
  Troubles troubles;
  std::mt19937_64 random;
  UuidGenerator uuids;
  std::string server_build;           // of connection.ready
  Clock::time_point turn;             // when this turn of the thread's loop began
  std::vector<LoadClient*> to_flush;  // have something to write at the end of the turn
  Clock::time_point sends_until{};    // closed loop: from then on, nothing new

  struct Retry {
    LoadClient* client;
    std::uint64_t command;
  };
  std::multimap<Clock::time_point, Retry> retries;
};

}  // namespace kith::bench
