// One life of one cluster: everything that a seed brings about, on one thread and one virtual
// clock.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/activities.h"
#include "tests/simulation/bus_model.h"
#include "tests/simulation/client.h"
#include "tests/simulation/node.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/recorder.h"
#include "tests/simulation/store_model.h"

namespace kith::simulation {

// What came of a life.
struct Outcome {
  Plan plan;
  test::Verdict verdict;
  Time lived{};  // of virtual time
  std::uint64_t digest = 0;
  std::uint64_t bytes = 0;
  std::uint64_t turns = 0;
  std::uint64_t acts = 0;
  std::uint64_t committed = 0;
  std::uint64_t crashes = 0;
  std::uint64_t activities = 0;           // acked
  std::uint64_t activities_repeated = 0;  // answers that knew the key
  std::uint64_t badges = 0;               // earned
  std::uint64_t board_frames = 0;         // that came to clients
  // What the engines' counters add up to: that a life was worth living.
  std::uint64_t backfills = 0;
  std::uint64_t heads_healed = 0;
  std::uint64_t fell_behind = 0;
  std::uint64_t gaps_told = 0;
  std::uint64_t replays = 0;

  bool ok() const { return verdict.ok(); }
};

class World {
 public:
  static constexpr WallTime kWallStart{std::chrono::milliseconds{1'714'000'000'000}};

  World(const Plan& plan, Tell tell);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Outcome live();

  // Faults are over.
  bool calm() const { return calm_; }
  // A node that takes connections, if there is one.
  Node* any_node(Random& dice);
  const ChatId& chat(std::size_t room) const { return store.seeded.chats[room].id; }
  const UserId& user(std::size_t number) const { return store.seeded.users[number].id; }
  Identity identity(std::size_t user) const;
  AuthSessionId login(std::size_t user) const;
  std::string token(std::size_t user, std::chrono::milliseconds valid) const;
  // What the driver knows to be true of presence: how many clients of the user follow the channel.
  void follows(std::size_t user, const std::string& channel, int change);
  // And of typing, which a user starts, and which ends when they say so or by itself.
  void types(std::size_t user, const std::string& chat, bool start);
  // False: the life has had all its acts.
  bool spend_act() { return ++acts_ <= plan.acts_max; }
  void change_members(Random& dice);
  void moderate(Random& dice);
  void log_out(Random& dice, std::size_t user);
  void know_message(const std::string& chat, std::string_view message);
  // A shard goes: what it has counted stays.
  void bury(const Shard& shard);

  const Plan plan;
  Random random;
  Scheduler scheduler;
  Recorder recorder;
  StoreModel store;
  BusModel bus;
  std::vector<std::unique_ptr<Node>> nodes;
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::vector<MessageId>> messages;  // by room: some that are known to be there
  std::vector<std::uint32_t> logins;             // by user
  std::uint64_t turns = 0;
  Activities activities;

 private:
  friend class Faults;
  void begin();
  void heal();
  // Until everybody has everything, or the deadline has passed.
  void wait_until_well(const std::string& what, Time patience);
  enum class Bus : std::uint8_t { carries, loses };
  void speak(Bus bus_then);
  std::optional<std::string> not_well() const;
  void write_finals();
  void write_final(const ChannelId& channel);
  void look_at_resources();

  bool calm_ = false;
  std::uint64_t acts_ = 0;
  std::uint64_t crashes_ = 0;
  std::size_t most_queued_ = 0;
  Outcome totals_;
  simdjson::dom::parser parser_;
  std::map<std::pair<std::size_t, std::string>, int> following_;
  std::map<std::pair<std::size_t, std::string>, std::uint64_t> typing_;  // serials of the last
};

// `tell` gets each line of the trace as it comes.
Outcome live(const Plan& plan, Tell tell = {});

}  // namespace kith::simulation
