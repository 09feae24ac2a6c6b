#include "storage/local_bus.h"

#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "protocol/assert.h"
#include "protocol/failpoint.h"

namespace kith {

// What a shard is reached by. The receiver is looked at on the shard's own thread alone: a task
// that arrives after the bus has gone finds none.
struct LocalBus::Inbox {
  CompletionQueue* completions = nullptr;
  Receiver* receiver = nullptr;
  std::atomic<std::size_t> waiting_bytes = 0;  // of what other nodes have sent
};

namespace {

// What an event holds on to while it waits.
std::size_t bytes_of(const BusEvent& event) {
  return sizeof(BusEvent) + event.frame.size() + event.sender_ack.size() +
         event.event.payload.size();
}

}  // namespace

class LocalBusHub::Registry {
 public:
  std::shared_ptr<LocalBus::Inbox> inbox(std::size_t index) const {
    const std::shared_lock lock(mutex_);
    return inboxes_[index];
  }
  std::size_t add(std::shared_ptr<LocalBus::Inbox> inbox) {
    const std::unique_lock lock(mutex_);
    KITH_ASSERT(inboxes_.size() < kShardsMax && !followed_alone_);
    inboxes_.push_back(std::move(inbox));
    shards_ = inboxes_.size();
    return inboxes_.size() - 1;
  }
  void remove(std::size_t index) {
    const std::unique_lock lock(mutex_);
    inboxes_[index].reset();
    for (auto at = followers_.begin(); at != followers_.end();) {
      at->second &= ~bit(index);
      if (at->second == 0 && uplink_ != nullptr) uplink_->unfollow(at->first);
      at = at->second == 0 ? followers_.erase(at) : std::next(at);
    }
  }
  void follow(const ChannelId& channel, std::size_t index) {
    const std::unique_lock lock(mutex_);
    // A shard hears its own events without the bus: alone, it has no use for 100 bytes a channel.
    followed_alone_ = inboxes_.size() == 1 && uplink_ == nullptr;
    if (followed_alone_) return;
    std::uint64_t& shards = followers_[channel];
    if (shards == 0 && uplink_ != nullptr) uplink_->follow(channel);
    shards |= bit(index);
  }
  void unfollow(const ChannelId& channel, std::size_t index) {
    const std::unique_lock lock(mutex_);
    const auto at = followers_.find(channel);
    if (at == followers_.end()) return;
    at->second &= ~bit(index);
    if (at->second != 0) return;
    followers_.erase(at);
    if (uplink_ != nullptr) uplink_->unfollow(channel);
  }
  // Calls `each(index, inbox, event)` for whoever follows an event's channel, but for `from`.
  template <typename Each>
  void for_each_target(const std::vector<BusEventPtr>& events, std::size_t from, Each each) const {
    const std::shared_lock lock(mutex_);
    for (const BusEventPtr& event : events) {
      const auto at = followers_.find(event->channel);
      if (at == followers_.end()) continue;
      for (std::uint64_t left = at->second & ~bit(from); left != 0; left &= left - 1) {
        const auto index = static_cast<std::size_t>(std::countr_zero(left));
        each(index, inboxes_[index], event);
      }
    }
  }
  // Asked once per event: without the lock, whose cache line all shards write to.
  bool has_one_shard() const { return shards_ == 1; }
  // All posting is done under the lock: a shard leaves the registry before its queue goes.
  std::size_t deliver(const std::vector<BusEventPtr>& events) const;
  void tell_healed() const;

  void set_uplink(BusUplink& uplink) {
    const std::unique_lock lock(mutex_);
    KITH_ASSERT(inboxes_.empty());
    uplink_ = &uplink;
  }
  BusUplink* uplink() const { return uplink_; }  // set before there is a shard that could ask

 private:
  static std::uint64_t bit(std::size_t index) { return std::uint64_t{1} << index; }

  mutable std::shared_mutex mutex_;
  std::vector<std::shared_ptr<LocalBus::Inbox>> inboxes_;  // by index; null: gone
  std::unordered_map<ChannelId, std::uint64_t, IdHash> followers_;
  std::atomic<std::size_t> shards_ = 0;  // inboxes_.size(): it only grows
  bool followed_alone_ = false;
  BusUplink* uplink_ = nullptr;
};

std::size_t LocalBusHub::Registry::deliver(const std::vector<BusEventPtr>& events) const {
  struct Outgoing {
    std::vector<BusEventPtr> events;
    std::size_t bytes = 0;
  };
  std::array<Outgoing, kShardsMax> outgoing;
  std::size_t dropped = 0;
  const std::shared_lock lock(mutex_);
  for (const BusEventPtr& event : events) {
    const auto at = followers_.find(event->channel);
    if (at == followers_.end()) continue;
    const std::size_t bytes = bytes_of(*event);
    for (std::uint64_t left = at->second; left != 0; left &= left - 1) {
      const auto index = static_cast<std::size_t>(std::countr_zero(left));
      Outgoing& to = outgoing[index];
      if (inboxes_[index]->waiting_bytes + to.bytes + bytes > kWaitingBytesMax) {
        ++dropped;
        continue;
      }
      to.bytes += bytes;
      to.events.push_back(event);
    }
  }
  for (std::size_t index = 0; index < inboxes_.size(); ++index) {
    if (outgoing[index].events.empty()) continue;
    const auto& inbox = inboxes_[index];
    inbox->waiting_bytes += outgoing[index].bytes;
    std::vector<Task> tasks;
    tasks.emplace_back([inbox, to = std::move(outgoing[index])] {
      inbox->waiting_bytes -= to.bytes;
      for (const BusEventPtr& event : to.events) {
        if (inbox->receiver != nullptr) inbox->receiver->on_bus_event(event);
      }
    });
    inbox->completions->post(std::move(tasks));
  }
  return dropped;
}

void LocalBusHub::Registry::tell_healed() const {
  const std::shared_lock lock(mutex_);
  for (const auto& inbox : inboxes_) {
    if (inbox == nullptr) continue;
    std::vector<Task> tasks;
    tasks.emplace_back([inbox] {
      if (inbox->receiver != nullptr) inbox->receiver->on_bus_healed();
    });
    inbox->completions->post(std::move(tasks));
  }
}

LocalBusHub::LocalBusHub() : registry_(std::make_shared<Registry>()) {}
LocalBusHub::~LocalBusHub() = default;

void LocalBusHub::set_uplink(BusUplink& uplink) {
  registry_->set_uplink(uplink);
}
std::size_t LocalBusHub::deliver(const std::vector<BusEventPtr>& events) {
  return registry_->deliver(events);
}
void LocalBusHub::tell_healed() {
  registry_->tell_healed();
}

std::unique_ptr<LocalBus> LocalBusHub::for_shard(CompletionQueue& completions) {
  auto inbox = std::make_shared<LocalBus::Inbox>();
  inbox->completions = &completions;
  const std::size_t index = registry_->add(inbox);
  return std::unique_ptr<LocalBus>(new LocalBus(registry_, index, std::move(inbox)));
}

LocalBus::LocalBus(std::shared_ptr<LocalBusHub::Registry> registry, std::size_t index,
                   std::shared_ptr<Inbox> inbox)
    : registry_(std::move(registry)), index_(index), inbox_(std::move(inbox)) {}

LocalBus::~LocalBus() {
  registry_->remove(index_);
  inbox_->receiver = nullptr;
}

void LocalBus::set_receiver(Receiver& receiver) {
  inbox_->receiver = &receiver;
}

void LocalBus::follow(const ChannelId& channel) {
  registry_->follow(channel, index_);
}
void LocalBus::unfollow(const ChannelId& channel) {
  registry_->unfollow(channel, index_);
}

bool LocalBus::reaches_others() const {
  return registry_->uplink() != nullptr || !registry_->has_one_shard();
}

bool LocalBus::ill() const {
  const BusUplink* uplink = registry_->uplink();
  return uplink != nullptr && uplink->ill();
}

void LocalBus::publish(BusEventPtr event) {
  published_.push_back(std::move(event));
}

void LocalBus::flush() {
  if (published_.empty()) return;
  struct Outgoing {
    std::shared_ptr<Inbox> inbox;
    std::vector<BusEventPtr> events;
  };
  std::array<Outgoing, LocalBusHub::kShardsMax> outgoing;
  std::uint64_t used = 0;
  if (!registry_->has_one_shard()) {
    registry_->for_each_target(
        published_, index_,
        [&](std::size_t index, const std::shared_ptr<Inbox>& inbox, const BusEventPtr& event) {
          outgoing[index].inbox = inbox;
          outgoing[index].events.push_back(event);
          used |= std::uint64_t{1} << index;
        });
  }
  if (BusUplink* uplink = registry_->uplink()) {
    KITH_FAILPOINT("before_uplink");
    uplink->publish(published_);
  }
  published_.clear();
  for (; used != 0; used &= used - 1) {
    Outgoing& to = outgoing[static_cast<std::size_t>(std::countr_zero(used))];
    CompletionQueue& completions = *to.inbox->completions;
    std::vector<Task> tasks;
    tasks.emplace_back([inbox = std::move(to.inbox), events = std::move(to.events)] {
      KITH_FAILPOINT("before_publish");
      for (const BusEventPtr& event : events) {
        if (inbox->receiver != nullptr) inbox->receiver->on_bus_event(event);
      }
    });
    completions.post(std::move(tasks));
  }
}

}  // namespace kith
