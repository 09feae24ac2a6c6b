// What all shards of the process share: is it draining, since when does it run, and the figures
// that each shard hands over once a second, and when asked, for /metrics and /status. Every member
// may be used on any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/counters.h"
#include "engine/engine.h"
#include "engine/ports/bus_stats.h"
#include "engine/ports/callback.h"
#include "engine/ports/storage_stats.h"
#include "engine/rewards/upkeep.h"
#include "gateway/config_address.h"
#include "gateway/keyed_limits.h"
#include "gateway/memory_budget.h"
#include "gateway/outgoing/outgoing_stats.h"

namespace kith {

// What the gateway counts, as plain integers of its shard.
struct GatewayCounters {
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  // over a limit, or out of file descriptors
  std::uint64_t connections_open = 0;     // gauge: HTTP and WebSocket
  std::uint64_t bytes_in = 0;             // HTTP and WebSocket
  std::uint64_t bytes_out = 0;
  std::uint64_t frames_in = 0;  // WebSocket messages and control frames
  std::uint64_t frames_out = 0;
  std::uint64_t handshakes = 0;                  // upgrades answered with 101
  std::uint64_t handshakes_refused = 0;          // over a limit or draining
  std::uint64_t handshakes_foreign = 0;          // of an origin that is not allowed
  std::array<std::uint64_t, 6> http_requests{};  // by status class: [2] is 2xx
  std::uint64_t http_rate_limited = 0;           // answered with 429
  std::uint64_t http_in_flight = 0;              // gauge: asked, and not yet answered
  std::uint64_t handler_failures = 0;            // exceptions: bugs of ours
  std::array<std::uint64_t, kOutcomeNames.size()> activities{};  // told of by clients, by Outcome
  // WebSocket closes by code: 1000-1015 at [code - 1000], 4000-4019 at [16 + code - 4000],
  // 4500-4511 at [36 + code - 4500], others at the end; count_close() knows.
  std::array<std::uint64_t, 49> closes{};

  void count_close(std::uint16_t code);
  // The code that an index of `closes` stands for; 0 for "others".
  static std::uint16_t close_code_at(std::size_t index);
};

struct ShardSnapshot {
  Counters engine;
  Engine::Gauges gauges;
  GatewayCounters gateway;
  RewardUpkeepLoop::Lag reward_lag{};          // of the shard that does the upkeep
  std::vector<Engine::SlowSession> slowest{};  // while a console is watched
};

struct ServerStateOptions {
  std::size_t shards = 1;
  std::string build;  // build_name.h
  std::string epoch;
  std::string node{};  // names this process among the nodes
  bool demo = false;   // the page offers the demo users
  WallTime started_wall{};
  SteadyTime started{};
  std::uint32_t sign_ups_per_minute = 120;  // per address; 0: no limit
  std::uint32_t logins_per_minute = 300;
  std::uint32_t failed_logins_per_minute = 10;  // per account and address
  std::uint32_t account_mails_per_minute = 30;  // per address; a tenth of it per account
  std::uint32_t handshakes_per_second = 0;      // of the process
  std::uint32_t activities_per_minute = 1200;   // per user; 0: no limit
  std::uint32_t posts_per_minute = 60;          // likewise
  std::uint32_t broadcasts_per_minute = 60;
  std::uint64_t memory_bytes = 0;  // 0: no budget
  AddressRanges trusted_proxies{};
  std::function<StorageStats()> storage_stats;  // may be empty
  std::function<BusStats()> bus_stats;          // may be empty
  std::function<void()> drain;                  // may be empty; see request_drain()
};

class ServerState {
 public:
  explicit ServerState(ServerStateOptions options);

  bool draining() const { return draining_.load(std::memory_order_relaxed); }
  void set_draining() { draining_.store(true, std::memory_order_relaxed); }
  // Has the process drain and end, as SIGTERM does. False: it has been asked before.
  bool request_drain();

  const std::string& build() const { return options_.build; }
  const std::string& epoch() const { return options_.epoch; }
  const std::string& node() const { return options_.node; }
  bool demo() const { return options_.demo; }
  WallTime started_wall() const { return options_.started_wall; }
  SteadyTime started() const { return options_.started; }
  std::size_t shards() const { return options_.shards; }
  StorageStats storage_stats() const;
  const AddressRanges& trusted_proxies() const { return options_.trusted_proxies; }
  BusStats bus_stats() const;
  // Set before any shard starts.
  void set_outgoing_stats(std::function<OutgoingStats()> stats) { outgoing_ = std::move(stats); }
  OutgoingStats outgoing_stats() const { return outgoing_ ? outgoing_() : OutgoingStats{}; }

  // Each shard once a second, and when it is asked to.
  void publish_snapshot(std::size_t shard, ShardSnapshot snapshot);
  std::vector<ShardSnapshot> snapshots() const;
  // How to have a shard publish now: on the shard, running `done` there afterwards, or destroying
  // it where the shard has stopped. Set by each before any of them starts.
  using Refresh = std::function<void(Task done)>;
  void set_refresh(std::size_t shard, Refresh refresh);
  // Has all of them publish; `done` runs on the last one's thread, or never where one has stopped.
  void refresh_snapshots(std::function<void()> done) const;
  // A shard has a console to feed: for some seconds all of them tell of their slowest sessions.
  void note_console(SteadyTime now) { console_seen_.store(now, std::memory_order_relaxed); }
  bool console_watched(SteadyTime now) const;

  // May one more WebSocket handshake be answered now?
  bool admit_handshake(SteadyTime now);

  // Whether the store could commit when last asked, where that is not long ago: a health check of
  // many does not become a load.
  std::optional<bool> known_readiness(SteadyTime now) const;
  void note_readiness(bool ready, SteadyTime now);

  MemoryBudget memory;
  KeyedLimits sign_ups;                  // by address
  KeyedLimits activities;                // by user
  KeyedLimits club_posts;                // by user
  KeyedLimits broadcasts;                // by user
  KeyedLimits logins;                    // by address
  KeyedLimits failed_logins;             // by account and address
  KeyedLimits failed_logins_of_account;  // over all addresses, ten times as many
  KeyedLimits account_mails;             // asked for: by address
  KeyedLimits account_mails_of_account;  // by account, one that does not exist too
  KeyedLimits garbage_told{1, 10'000};   // log lines about what is no HTTP, by address
  KeyedLimits origins_told{1, 10'000};   // log lines about refused WebSockets, by origin

 private:
  const ServerStateOptions options_;
  std::vector<Refresh> refreshes_;
  std::function<OutgoingStats()> outgoing_;
  std::atomic<bool> draining_ = false;
  std::atomic<bool> drain_requested_ = false;
  std::atomic<SteadyTime> console_seen_ = SteadyTime::min();
  mutable std::mutex mutex_;
  std::vector<ShardSnapshot> snapshots_;
  TokenBucket handshakes_;
  std::optional<bool> readiness_;
  SteadyTime readiness_noted_{};
};

}  // namespace kith
