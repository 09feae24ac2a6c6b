// Several kithd over one database, clients that wander between them, and the history checker's word
// on what these saw: what the runs with more than one node stand on. Postgres and Redis are the
// tests' own, and are theirs to break.
#pragma once

#include <doctest/doctest.h>

#include "tests/chaos/environment.h"
#include "tests/chaos/wanderer.h"
#include "tests/history/checker.h"
#include "tests/support/postgres_server.h"
#include "tests/support/redis_server.h"

namespace kith::test {

// The long form where KITH_CHAOS_LONG is set.
template <typename T>
T shortly_or_long(T shortly, T long_one) {
  return long_form() ? long_one : shortly;
}

TestServer::Launch failing_node(const std::string& orders);  // with failpoints

class Nodes {
 public:
  struct Options {
    std::size_t nodes = 3;
    std::size_t clients = 6;  // dealt to the rooms, and to the nodes
    std::size_t rooms = 2;
    std::vector<std::string> storage_urls{};   // one for all, or by node; none: a new database
    std::vector<std::uint16_t> redis_ports{};  // one for all, or by node; none: no bus
    std::chrono::milliseconds every{20};       // a client's messages
    std::chrono::milliseconds patience = 5s;   // a client's with its node
    std::vector<std::string> settings{};
  };
  struct Span {
    Clock::time_point from;
    Clock::time_point to;
  };
  // How long events took from the first ack of their message to those who followed its chat live.
  struct Lag {
    std::chrono::milliseconds median{}, p99{}, slowest{};
    std::size_t deliveries = 0;
  };
  struct Outcome {
    Verdict verdict;
    Lag lag;
    Lag watched;                                 // of what was acked while watch_lag() looked
    std::chrono::milliseconds slowest_answer{};  // ack or refusal
    std::size_t refused = 0;
    std::size_t moves = 0;
    // None, but for a disk that stalled for seconds: that is the machine's, and what was refused
    // was sent again.
    bool hardly_refused() const { return refused * 100 < verdict.acked; }
  };

  explicit Nodes(const Options& options);

  TestServer& node(std::size_t index) { return *servers_[index]; }
  std::size_t count() const { return servers_.size(); }
  std::vector<std::unique_ptr<Wanderer>>& clients() { return clients_; }
  const std::vector<User>& users() const { return users_; }
  const std::vector<std::string>& chats() const { return chats_; }

  void begin();  // everybody lives; comes back when each has been answered
  void run_for(std::chrono::milliseconds time);
  // kill -9, unless it has gone by itself as it was ordered to.
  void kill(std::size_t index);
  void start(std::size_t index, TestServer::Launch launch = {});
  // From now on until everybody has an ack for what they sent after now. Into the history, which
  // demands it `within`, as what heals `fault`.
  std::chrono::milliseconds healed(const std::string& fault, std::chrono::milliseconds within);
  // What was acked from then until now counts for Outcome::watched as well.
  void watch_lag(Clock::time_point from) { watched_.push_back({from, Clock::now()}); }
  // Until all nodes say so at /readyz.
  void await_state(std::string_view state, std::chrono::milliseconds within);
  // Everybody comes to the end of their chat, the logs are read, and the checker decides; fails the
  // test where it finds anything.
  Outcome finish();

 private:
  void note_end(std::size_t index);

  HistoryBook book_;
  std::vector<std::unique_ptr<TestServer>> servers_;
  std::vector<User> users_;
  std::vector<std::string> chats_;
  std::vector<std::uint64_t> begins_;
  std::vector<Span> watched_;
  std::vector<std::unique_ptr<Wanderer>> clients_;
};

// For a line of figures: "12, median 0.30 s, slowest 1.20 s".
std::string summary(std::vector<std::chrono::milliseconds> times);
std::string text_of(const Nodes::Outcome& outcome);

}  // namespace kith::test
