// What a seed means: how large the cluster is, what goes wrong and how often, what the clients do.
// A plan can be narrowed (a kind of act, a kind of fault, a client switched off, the life cut
// short), which is how a failure is made small (shrink.h).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/simulation/random.h"

namespace kith::simulation {

enum class Act : std::uint8_t {
  send,
  http_send,
  send_again,
  edit,
  erase,
  react,
  read,
  typing,
  presence,
  history,
  subscribe,
  unsubscribe,
  reconnect,
  members,
  moderation,
  logout,
  flood,
};
inline constexpr std::size_t kActs = 17;
std::string_view name_of(Act act);

// Of 1000 messages or requests, or as the mean time between two in ms; 0: never.
enum class Fault : std::uint8_t {
  bus_drop,
  bus_repeat,
  bus_delay,  // of 1000 messages
  bus_tail,
  partition,  // mean time
  store_refuse,
  store_unknown,
  store_stall,   // of 1000 requests
  store_outage,  // mean time
  crash,
  torn_turn,
  drain,  // mean time
  cut,
  half_open,
  slow,   // mean time
  clock,  // mean time
};
inline constexpr std::size_t kFaults = 16;
std::string_view name_of(Fault fault);

// What is broken on purpose, to see that the checker sees it.
enum class Mutation : std::uint8_t {
  none,
  no_heads,      // nobody looks at the log's heads
  max_plus_one,  // two writers whose commits overlap read the same maximum
  drop_oldest,   // a socket's queue forgets what is oldest
  no_dedup,      // the store forgets which client ids it has seen
  unsynced,      // the store acks before it has synced, and its crash takes that back
  counts_again,  // the store forgets which activities it was told of
  loses_points,  // the store keeps less of a score than it has added
  loses_days,    // the store forgets on which days something was done
  loses_moves,   // the store leaves boards as they were when a score changes
  gives_twice,   // the store forgets which badges it has given
  blind_boards,  // nobody looks at the boards' revisions
  always_gap,    // the log says that what somebody missed is trimmed, however little it is
  asserts,       // an assertion fails, and the process is gone
  late_typing,   // the bus holds back who types until that is long over
};
inline constexpr std::size_t kMutations = 15;
std::string_view name_of(Mutation mutation);

struct Plan {
  std::uint64_t seed = 0;
  std::uint32_t nodes = 1;
  std::uint32_t shards_per_node = 1;
  std::uint32_t users = 4;
  std::uint32_t rooms = 1;
  std::uint32_t members = 3;
  std::uint32_t clients = 6;
  Time life{};
  Time act_interval{};  // of one client, in the mean
  std::array<std::uint32_t, kFaults> faults{};
  std::array<std::uint32_t, kActs> acts{};  // how often each, beside the others
  std::uint32_t activities_per_minute = 0;  // told of by all users together; 0: none
  bool local_faults = false;  // durable events are lost between the shards of one node as well
  std::uint32_t queue_messages_max = 0;
  std::uint32_t outbound_bytes_max = 0;
  std::uint32_t messages_per_minute = 0;
  std::uint32_t channels_per_socket = 0;
  std::uint32_t log_keep_events = 0;  // further back than this is trimmed
  Mutation mutation = Mutation::none;

  // Narrowed to:
  std::uint32_t acts_off = 0;                  // bits by Act
  std::uint64_t clients_off = 0;               // bits by number
  std::uint64_t acts_max = ~std::uint64_t{0};  // then the life is over

  std::uint32_t fault(Fault fault) const { return faults[static_cast<std::size_t>(fault)]; }
  bool on(Act act) const { return (acts_off >> static_cast<unsigned>(act) & 1U) == 0; }
  bool client_on(std::size_t client) const { return (clients_off >> client & 1U) == 0; }
  // The store keeps to its times, so what depends on its word can be expected within them.
  bool store_is_prompt() const;
  // Presence, and who types, can be judged: it is one node's own knowledge, and no reader is late.
  bool presence_is_judged() const;
};

Plan make_plan(std::uint64_t seed, std::uint32_t minutes);
std::string describe(const Plan& plan);

}  // namespace kith::simulation
