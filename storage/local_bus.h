// The bus between the shards of one process: events go by reference, one post per turn and shard.
// It loses nothing; it does not promise that to anybody.
//
// Thread: a Hub is shared by all shards. Each LocalBus is its shard's, but for what it posts to the
// others' queues.
#pragma once

#include <memory>
#include <vector>

#include "engine/ports/bus.h"
#include "engine/ports/completion_queue.h"

namespace kith {

class LocalBus;

class LocalBusHub {
 public:
  static constexpr std::size_t kShardsMax = 64;

  LocalBusHub();
  ~LocalBusHub();  // after its buses
  LocalBusHub(const LocalBusHub&) = delete;
  LocalBusHub& operator=(const LocalBusHub&) = delete;

  // The shard's own end. `completions` outlives every bus of the hub. At most kShardsMax, all of
  // them before the first follows anything.
  std::unique_ptr<LocalBus> for_shard(CompletionQueue& completions);

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
  bool ill() const override { return false; }

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
