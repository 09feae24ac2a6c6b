#include "tests/simulation/plan.h"

#include <algorithm>

namespace kith::simulation {

using namespace std::chrono_literals;

namespace {

constexpr std::array<std::string_view, kActs> kActNames = {
    "send",      "http_send", "send_again", "edit",    "erase",     "react",
    "read",      "typing",    "presence",   "history", "subscribe", "unsubscribe",
    "reconnect", "members",   "moderation", "logout",  "flood"};
constexpr std::array<std::string_view, kFaults> kFaultNames = {
    "bus_drop",      "bus_repeat",  "bus_delay",    "bus_tail", "partition", "store_refuse",
    "store_unknown", "store_stall", "store_outage", "crash",    "torn_turn", "drain",
    "cut",           "half_open",   "slow",         "clock"};
constexpr std::array<std::string_view, kMutations> kMutationNames = {
    "none",        "no_heads",     "max_plus_one", "drop_oldest", "no_dedup",
    "unsynced",    "counts_again", "loses_points", "loses_days",  "loses_moves",
    "gives_twice", "blind_boards", "always_gap",   "asserts",     "late_typing"};

struct Range {
  std::uint32_t least = 0;
  std::uint32_t most = 0;
};
// In the order of Fault.
constexpr std::array<Range, kFaults> kRanges = {{{5, 300},
                                                 {5, 200},
                                                 {10, 400},
                                                 {2'000, 30'000},
                                                 {8'000, 90'000},
                                                 {1, 120},
                                                 {1, 40},
                                                 {1, 30},
                                                 {8'000, 90'000},
                                                 {15'000, 120'000},
                                                 {15'000, 120'000},
                                                 {30'000, 180'000},
                                                 {1'000, 30'000},
                                                 {5'000, 60'000},
                                                 {2'000, 30'000},
                                                 {10'000, 90'000}}};

// In the order of Act.
constexpr std::array<std::uint32_t, kActs> kWeights = {400, 40, 60, 60, 35, 80, 100, 60, 20,
                                                       50,  90, 25, 12, 18, 12, 2,   0};

template <std::size_t kCount>
std::uint32_t any_of(Random& random, const std::array<std::uint32_t, kCount>& values) {
  return values[random.below(kCount)];
}

// Swarm: a life that has everything hides what shows only where something is missing.
void draw_faults(Plan& plan, Random& random) {
  if (random.chance(60)) return;
  const std::uint32_t share = random.small(200, 900);
  for (std::size_t i = 0; i < kFaults; ++i) {
    const std::uint32_t value = random.small(kRanges[i].least, kRanges[i].most);
    if (random.chance(share)) plan.faults[i] = value;
  }
}

void draw_acts(Plan& plan, Random& random) {
  for (std::size_t i = 0; i < kActs; ++i) {
    plan.acts[i] = kWeights[i] * any_of<8>(random, {0, 1, 1, 1, 1, 2, 3, 8});
  }
  plan.acts[static_cast<std::size_t>(Act::send)] += 100;
  if (random.chance(50)) plan.acts[static_cast<std::size_t>(Act::flood)] = 2;
}

// One node, a prompt store and no reader that is late: where presence can be judged.
void suit_presence(Plan& plan) {
  plan.nodes = 1;
  for (const Fault fault : {Fault::store_refuse, Fault::store_unknown, Fault::store_stall,
                            Fault::store_outage, Fault::half_open, Fault::slow}) {
    plan.faults[static_cast<std::size_t>(fault)] = 0;
  }
}

}  // namespace

std::string_view name_of(Act act) {
  return kActNames[static_cast<std::size_t>(act)];
}
std::string_view name_of(Fault fault) {
  return kFaultNames[static_cast<std::size_t>(fault)];
}
std::string_view name_of(Mutation mutation) {
  return kMutationNames[static_cast<std::size_t>(mutation)];
}

bool Plan::store_is_prompt() const {
  return fault(Fault::store_refuse) == 0 && fault(Fault::store_unknown) == 0 &&
         fault(Fault::store_stall) == 0 && fault(Fault::store_outage) == 0;
}

bool Plan::presence_is_judged() const {
  return nodes == 1 && store_is_prompt() && fault(Fault::slow) == 0 && fault(Fault::half_open) == 0;
}

Plan make_plan(std::uint64_t seed, std::uint32_t minutes) {
  Random random(seed * 0x9E37'79B9'7F4A'7C15 + 1);
  Plan plan{.seed = seed};
  plan.nodes = random.small(1, 3);
  plan.shards_per_node = random.small(1, plan.nodes == 3 ? 2 : 3);
  plan.users = random.small(3, 10);
  plan.rooms = random.small(1, 3);
  plan.members = random.small(2, plan.users);
  plan.clients = plan.users + random.small(0, plan.users / 2);
  plan.life = minutes * Time{1min};
  plan.act_interval = random.time(400ms, 3s);
  draw_faults(plan, random);
  draw_acts(plan, random);
  if (random.chance(120)) suit_presence(plan);
  plan.local_faults = random.chance(400);
  plan.queue_messages_max = any_of<3>(random, {4, 64, 32 * 1024});
  plan.outbound_bytes_max = any_of<4>(random, {4 * 1024, 12 * 1024, 64 * 1024, 1024 * 1024});
  plan.messages_per_minute = random.chance(200) ? random.small(30, 200) : 0;
  plan.channels_per_socket = random.chance(100) ? 2 : 512;
  plan.log_keep_events = random.chance(250) ? random.small(20, 200) : 1'000'000;
  // Dice of its own: the other lives of a seed are what they were.
  Random rewards(seed * 0x9E37'79B9'7F4A'7C15 + 2);
  if (rewards.chance(350)) plan.activities_per_minute = rewards.small(10, 60);
  return plan;
}

std::string describe(const Plan& plan) {
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  std::string out = "seed " + number(plan.seed) + ": " + number(plan.nodes) + " nodes of " +
                    number(plan.shards_per_node) + " shards, " + number(plan.users) + " users, " +
                    number(plan.rooms) + " rooms of " + number(plan.members) + ", " +
                    number(plan.clients) + " clients, ";
  out += number(static_cast<std::uint64_t>(plan.life.count() / 1'000'000)) + " s; queues " +
         number(plan.queue_messages_max) + " messages, " + number(plan.outbound_bytes_max) +
         " bytes; " + number(plan.messages_per_minute) + " messages a minute, " +
         number(plan.channels_per_socket) + " channels a socket, log of " +
         number(plan.log_keep_events);
  if (plan.activities_per_minute > 0) {
    out += ", " + number(plan.activities_per_minute) + " activities a minute";
  }
  out += "\nfaults:";
  for (std::size_t i = 0; i < kFaults; ++i) {
    if (plan.faults[i] == 0) continue;
    out += " " + std::string(kFaultNames[i]) + "=" + number(plan.faults[i]);
  }
  if (plan.local_faults) out += " also within a node";
  if (plan.mutation != Mutation::none) out += "; broken: " + std::string(name_of(plan.mutation));
  if (plan.acts_off != 0) {
    out += "\nacts left:";
    for (std::size_t i = 0; i < kActs; ++i) {
      if (plan.on(static_cast<Act>(i))) out += " " + std::string(kActNames[i]);
    }
  }
  if (plan.clients_off != 0) {
    out += "\nclients left:";
    for (std::size_t i = 0; i < plan.clients; ++i) {
      if (plan.client_on(i)) out += " c" + number(i);
    }
  }
  if (plan.acts_max != ~std::uint64_t{0}) out += "\nafter " + number(plan.acts_max) + " acts";
  return out;
}

}  // namespace kith::simulation
