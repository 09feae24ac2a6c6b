// The bus between the shards of one process: events go by reference, one post per turn and shard.
// It loses nothing; it does not promise that to anybody. With an uplink (bus_uplink.h) it reaches
// other nodes as well, and to a shard they are the same thing.
//
// Thread: a Hub is shared by all shards. Each LocalBus is its shard's, but for what it posts to the
// others' queues.
#pragma once

#include <memory>
#include <vector>

#include "engine/ports/bus.h"
#include "engine/ports/completion_queue.h"
#include "storage/bus_uplink.h"

namespace kith {

class LocalBus;

class LocalBusHub {
 public:
  static constexpr std::size_t kShardsMax = 64;
  // What other nodes have sent may wait so much for one shard; then it is dropped, and the shard
  // finds it in the log.
  static constexpr std::size_t kWaitingBytesMax = 64 * 1024 * 1024;

  LocalBusHub();
  ~LocalBusHub();  // after its buses
  LocalBusHub(const LocalBusHub&) = delete;
  LocalBusHub& operator=(const LocalBusHub&) = delete;

  // Before the first for_shard(). `uplink` outlives the buses.
  void set_uplink(BusUplink& uplink);

  // The shard's own end. `completions` outlives every bus of the hub. At most kShardsMax, all of
  // them before the first follows anything.
  std::unique_ptr<LocalBus> for_shard(CompletionQueue& completions);

  // For the uplink, on any thread. deliver(): what came from other nodes, to the shards that follow
  // it; how many copies were dropped because a shard had too much waiting.
  std::size_t deliver(const std::vector<BusEventPtr>& events);
  void tell_healed();

 private:
  friend class LocalBus;
  class Registry;
  std::shared_ptr<Registry> registry_;
};

class LocalBus final : public Bus {
 public:
  ~LocalBus() override;

  // Where this shard's events go; before the first follow().
  void set_receiver(Receiver& receiver);

  void follow(const ChannelId& channel) override;
  void unfollow(const ChannelId& channel) override;
  void publish(BusEventPtr event) override;
  bool reaches_others() const override;
  void flush() override;
  bool ill() const override;

 private:
  friend class LocalBusHub;
  struct Inbox;
  LocalBus(std::shared_ptr<LocalBusHub::Registry> registry, std::size_t index,
           std::shared_ptr<Inbox> inbox);

  std::shared_ptr<LocalBusHub::Registry> registry_;
  const std::size_t index_;
  std::shared_ptr<Inbox> inbox_;
  std::vector<BusEventPtr> published_;  // of this turn
};

}  // namespace kith
