// A node's worth: its shards (each a real engine with its ports), its presence registry, its quota
// of sockets and its clocks. It dies with all of them and comes back with none of what they knew.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "engine/engine.h"
#include "storage/board_tops.h"
#include "storage/local_presence.h"
#include "tests/simulation/bus_model.h"
#include "tests/simulation/connection.h"
#include "tests/simulation/store_model.h"

namespace kith::simulation {

class Node;

class Queue final : public CompletionQueue {
 public:
  explicit Queue(Shard& shard) : shard_(shard) {}
  void post(std::vector<Task> tasks) override;
  void run();

 private:
  Shard& shard_;
  std::vector<Task> tasks_;
};

// Tokens are "<user id>|<session id>|<expiry in ms>"; whether the login stands is the store's word.
class TokenReader final : public Authenticator {
 public:
  TokenReader(Accounts& accounts, Queue& queue) : accounts_(accounts), queue_(queue) {}
  Result<Claimed> verify(std::string_view token, WallTime now) override;
  void admit(const Claimed& claimed, std::vector<ChannelId> channels,
             Callback<Admission> done) override;
  void authenticate(std::string token, WallTime now, Callback<Identity> done) override;

 private:
  Accounts& accounts_;
  Queue& queue_;
};

class Quota final : public SocketQuota {
 public:
  bool acquire(const UserId& user) override;
  void release(const UserId& user) override;
  std::uint32_t total() const;

 private:
  std::map<UserId, std::uint32_t> sockets_;
};

class Shard {
 public:
  Shard(Node& node, std::uint32_t index, const EngineOptions& options);
  ~Shard();

  void wake() { wake_at(Time{}); }
  void wake_at(Time time);
  void accept(const std::shared_ptr<Connection>& connection);
  // `vanishes`: the clients are not told. `loses`: nor does what it said last get anywhere.
  void die(bool vanishes, bool loses);
  bool asleep() const { return connections_.empty(); }
  std::size_t most_queued() const;

  Node& node;
  Queue queue;
  std::shared_ptr<StoreLine> line;
  std::unique_ptr<BusEnd> bus;
  std::unique_ptr<ShardStore> store;
  TokenReader authenticator;
  Engine engine;
  // The next turn is its last, and what it brings about is seen in part, or not at all.
  bool torn = false;

 private:
  void turn(std::uint64_t wanted);
  void tear();
  void keep_engine_honest();

  std::vector<std::shared_ptr<Connection>> connections_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Random random_;
  Time turn_at_ = Time::max();  // the one that is asked for
  Time rest_until_{};
  std::uint64_t wanted_ = 0;
};

class World;

class Node {
 public:
  Node(World& world, std::uint32_t number);

  void start();
  // All at once, or after a last turn that nobody sees all of.
  void crash(bool torn);
  void drain();
  bool is_up() const { return !shards.empty(); }
  bool takes_connections() const { return is_up() && !draining_; }
  TurnTime now() const;
  Shard& any_shard(Random& random) { return *shards[random.below(shards.size())]; }
  void stop();
  void finish_drain();

  World& world;
  const std::uint32_t number;
  std::unique_ptr<LocalPresence> presence;
  std::unique_ptr<Quota> quota;
  std::unique_ptr<BoardTops> board_tops;
  std::vector<std::unique_ptr<Shard>> shards;
  std::chrono::milliseconds wall_offset{};
  std::uint64_t lives = 0;

 private:
  Random random_;
  bool draining_ = false;
};

}  // namespace kith::simulation
