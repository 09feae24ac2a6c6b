// The bus between the shards of one process. Lossless while the process lives, but by contract
// (engine/ports/bus.h) nobody relies on that.
//
// A publish reaches the shards that follow the channel, through their completion queues: events for
// a shard are gathered over the turn and posted with one wake-up by flush(). The registry of who
// follows what is shared and locked; a turn's events are looked up once per event.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "engine/ports/bus.h"
#include "engine/ports/completion_queue.h"

namespace kith {

class LocalBus;

class LocalBusHub {
 public:
  static constexpr std::size_t kShardsMax = 64;

  // One per shard, in any order, before traffic begins; at most kShardsMax. The hub outlives them.
  std::unique_ptr<LocalBus> for_shard(CompletionQueue& completions);

 private:
  friend class LocalBus;
  struct Shard {
    CompletionQueue* completions = nullptr;
    Bus::Receiver* receiver = nullptr;  // used on that shard only
  };

  mutable std::shared_mutex mutex_;
  std::vector<std::unique_ptr<Shard>> shards_;                      // guarded by mutex_
  std::unordered_map<ChannelId, std::uint64_t, IdHash> followers_;  // bit per shard; by mutex_
};

class LocalBus final : public Bus {
 public:
  LocalBus(LocalBusHub& hub, std::size_t index) : hub_(hub), index_(index) {}

  // Before the first event; lives as long as the shard.
  void set_receiver(Receiver& receiver);

  void follow(const ChannelId& channel) override;
  void unfollow(const ChannelId& channel) override;
  void publish(BusEventPtr event) override;
  void flush() override;
  bool ill() const override { return false; }

 private:
  LocalBusHub& hub_;
  const std::size_t index_;
  std::vector<BusEventPtr> pending_;
};

}  // namespace kith
