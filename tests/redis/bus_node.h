// A node as the bus sees it: shards that keep what they get, a hub, and the link to Redis. Time is
// real; what is awaited is looked at until it holds.
#pragma once

#include <doctest/doctest.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "storage/cluster_presence.h"
#include "storage/local_bus.h"
#include "storage/redis_bus.h"
#include "storage/redis_socket.h"
#include "tests/support/socket.h"

namespace kith::test {

// Looks until it holds, and fails the test where it never does.
void await(const char* what, const std::function<bool()>& holds,
           std::chrono::milliseconds patience = kPatience);

class BusShard final : public Bus::Receiver, public CompletionQueue {
 public:
  explicit BusShard(LocalBusHub& hub) : bus(hub.for_shard(*this)) { bus->set_receiver(*this); }

  void post(std::vector<Task> tasks) override;
  void on_bus_event(const BusEventPtr& event) override { got.push_back(event); }
  void on_bus_healed() override { ++healed; }

  void publish(const ChannelId& channel, Seq seq, std::size_t bytes = 20);
  // Runs what has come.
  void pump();
  // Runs what comes until there are so many events, and takes them. Their numbers.
  std::vector<Seq> take(std::size_t count);

  std::vector<BusEventPtr> got;
  int healed = 0;

 private:
  std::mutex mutex_;
  std::vector<Task> tasks_;

 public:
  std::unique_ptr<LocalBus> bus;  // posts to the above
};

class BusNode {
 public:
  struct Options {
    std::size_t shards = 1;
    std::string epoch = "epoch";
    PublishQueue::Limits queue{};
    RedisBusTimes times{};
  };
  BusNode(const RedisAddress& address, const Options& options);
  explicit BusNode(const RedisAddress& address) : BusNode(address, Options{}) {}
  ~BusNode();

  BusShard& shard(std::size_t index = 0) { return *shards.at(index); }
  BusStats stats() const { return redis->stats(); }
  void await_healthy();
  void await_ill(std::chrono::milliseconds patience = kPatience);
  // Until Redis sends this node so many channels.
  void await_subscriptions(std::uint64_t count);
  std::vector<std::string> notices() const;

  LocalBusHub hub;
  ClusterPresence presence;
  std::unique_ptr<RedisBus> redis;
  std::vector<std::unique_ptr<BusShard>> shards;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> notices_;
};

inline ChannelId room(std::uint16_t number) {
  return ChannelId(IdKind::chat, Uuid{static_cast<std::uint8_t>(number >> 8),
                                      static_cast<std::uint8_t>(number & 0xff)});
}
std::vector<Seq> numbers(Seq first, Seq last);

}  // namespace kith::test
