#include "storage/local_bus.h"

#include <array>

#include "protocol/assert.h"

namespace kith {

std::unique_ptr<LocalBus> LocalBusHub::for_shard(CompletionQueue& completions) {
  const std::unique_lock lock(mutex_);
  KITH_ASSERT(shards_.size() < kShardsMax);
  shards_.push_back(std::make_unique<Shard>(Shard{.completions = &completions}));
  return std::make_unique<LocalBus>(*this, shards_.size() - 1);
}

void LocalBus::set_receiver(Receiver& receiver) {
  const std::unique_lock lock(hub_.mutex_);
  hub_.shards_[index_]->receiver = &receiver;
}

void LocalBus::follow(const ChannelId& channel) {
  const std::unique_lock lock(hub_.mutex_);
  hub_.followers_[channel] |= std::uint64_t{1} << index_;
}

void LocalBus::unfollow(const ChannelId& channel) {
  const std::unique_lock lock(hub_.mutex_);
  const auto it = hub_.followers_.find(channel);
  if (it == hub_.followers_.end()) return;
  it->second &= ~(std::uint64_t{1} << index_);
  if (it->second == 0) hub_.followers_.erase(it);
}

void LocalBus::publish(BusEventPtr event) {
  pending_.push_back(std::move(event));
}

void LocalBus::flush() {
  if (pending_.empty()) return;
  std::array<std::vector<BusEventPtr>, LocalBusHub::kShardsMax> per_shard;
  std::uint64_t targets = 0;
  const std::shared_lock lock(hub_.mutex_);
  for (BusEventPtr& event : pending_) {
    const auto it = hub_.followers_.find(event->channel);
    if (it == hub_.followers_.end()) continue;
    std::uint64_t others = it->second & ~(std::uint64_t{1} << index_);
    targets |= others;
    for (; others != 0; others &= others - 1) {
      per_shard[static_cast<std::size_t>(__builtin_ctzll(others))].push_back(event);
    }
  }
  pending_.clear();
  for (; targets != 0; targets &= targets - 1) {
    const auto target = static_cast<std::size_t>(__builtin_ctzll(targets));
    LocalBusHub::Shard* shard = hub_.shards_[target].get();
    std::vector<Task> tasks;
    tasks.emplace_back([shard, events = std::move(per_shard[target])] {
      if (shard->receiver == nullptr) return;
      for (const BusEventPtr& event : events) shard->receiver->on_bus_event(event);
    });
    shard->completions->post(std::move(tasks));
  }
}

}  // namespace kith
