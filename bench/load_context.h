// What the clients of one bench thread share: the parser, the counters, the witnesses. Owned by
// bench/worker, used on its thread alone; only Tally and ChatHeads are read by others.
#pragma once

#include <simdjson.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bench/histogram.h"
#include "bench/seed_file.h"
#include "bench/verify.h"
#include "protocol/ids.h"

namespace kith::bench {

using Clock = std::chrono::steady_clock;

// ws://HOST:PORT[/path]; the path is /ws where there is none.
struct Target {
  std::string host;
  std::string port;
  std::string path;
  bool loopback = false;  // an IPv4 address of 127.0.0.0/8
};
Result<Target> parse_target(std::string_view url);

struct ClientOptions {
  Target target;
  std::size_t payload_bytes = 64;
  bool reconnect = true;
  std::chrono::milliseconds reconnect_for{30'000};  // how long a client may stay away
  std::uint32_t run = 0;  // marks this run's messages, so that others' are not measured
};

// Written by one worker, read by the reporting thread.
struct Tally {
  using Counter = std::atomic<std::uint64_t>;
  Counter sent{0};       // messages whose time had come
  Counter acked{0};      // distinct ones
  Counter delivered{0};  // events that reached somebody else than their sender
  Counter retried{0};
  Counter refused{0};  // answered with an error that no retry mends
  Counter rate_limited{0};
  Counter reconnects{0};
  Counter gaps{0};
  Counter ready{0};  // clients that are connected and subscribed right now
  Counter late_sends{0};
  Counter late_max_us{0};
  Counter unfinished{0};  // what the drain still waits for
};
inline void add(Tally::Counter& counter, std::uint64_t n = 1) {
  counter.fetch_add(n, std::memory_order_relaxed);
}

// The highest acked number of each chat, over all threads: how far every member must get.
class ChatHeads {
 public:
  explicit ChatHeads(std::size_t chats) : heads_(chats) {}
  void raise(std::size_t chat, Seq seq) {
    auto head = heads_[chat].load(std::memory_order_relaxed);
    while (head < seq && !heads_[chat].compare_exchange_weak(head, seq)) {
    }
  }
  Seq get(std::size_t chat) const { return heads_[chat].load(std::memory_order_relaxed); }

 private:
  std::vector<std::atomic<Seq>> heads_;
};

class LoadClient;

struct LoadContext {
  LoadContext(const Seed& population, ClientOptions client_options, ChatHeads& chat_heads,
              std::uint64_t random_seed);

  // Ends the whole run with one line that says why; the first one counts.
  std::function<void(std::string)> fail;
  // A client's first attempt to connect is over, well or not: the next one may begin.
  std::function<void()> first_attempt_over;

  const Seed& seed;
  ClientOptions options;
  ChatHeads& heads;
  boost::asio::io_context io{1};
  simdjson::dom::parser parser;
  std::string padded;  // a frame with simdjson's padding behind it
  std::unordered_map<std::string_view, std::size_t> chat_index;
  std::vector<ChatWitness> witnesses;  // by chat
  Tally tally;
  Histogram ack_latency;
  Histogram delivery_latency;
  std::mt19937_64 random;
  UuidGenerator uuids;

  struct Retry {
    LoadClient* client;
    std::string client_message_id;
  };
  std::multimap<Clock::time_point, Retry> retries;
};

}  // namespace kith::bench
