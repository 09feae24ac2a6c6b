#include "storage/local_bus.h"

#include <array>
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
};

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
    return inboxes_.size() - 1;
  }
  void remove(std::size_t index) {
    const std::unique_lock lock(mutex_);
    inboxes_[index].reset();
    for (auto at = followers_.begin(); at != followers_.end();) {
      at->second &= ~bit(index);
      at = at->second == 0 ? followers_.erase(at) : std::next(at);
    }
  }
  void follow(const ChannelId& channel, std::size_t index) {
    const std::unique_lock lock(mutex_);
    // A shard hears its own events without the bus: alone, it has no use for 100 bytes a channel.
    followed_alone_ = inboxes_.size() == 1;
    if (!followed_alone_) followers_[channel] |= bit(index);
  }
  void unfollow(const ChannelId& channel, std::size_t index) {
    const std::unique_lock lock(mutex_);
    const auto at = followers_.find(channel);
    if (at == followers_.end()) return;
    at->second &= ~bit(index);
    if (at->second == 0) followers_.erase(at);
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
  bool alone() const {
    const std::shared_lock lock(mutex_);
    return inboxes_.size() == 1;
  }

 private:
  static std::uint64_t bit(std::size_t index) { return std::uint64_t{1} << index; }

  mutable std::shared_mutex mutex_;
  std::vector<std::shared_ptr<LocalBus::Inbox>> inboxes_;  // by index; null: gone
  std::unordered_map<ChannelId, std::uint64_t, IdHash> followers_;
  bool followed_alone_ = false;
};

LocalBusHub::LocalBusHub() : registry_(std::make_shared<Registry>()) {}
LocalBusHub::~LocalBusHub() = default;

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
  return !registry_->alone();
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
  if (!registry_->alone()) {
    registry_->for_each_target(
        published_, index_,
        [&](std::size_t index, const std::shared_ptr<Inbox>& inbox, const BusEventPtr& event) {
          outgoing[index].inbox = inbox;
          outgoing[index].events.push_back(event);
          used |= std::uint64_t{1} << index;
        });
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
