// The bus between nodes over Redis Pub/Sub, behind the bus between a node's shards (local_bus.h).
// One per process, on a thread of its own, "redis-bus", with two connections: one is subscribed
// (RESP2 allows it nothing else), one publishes.
//
// A Redis channel per channel of ours, "kith:chat_...": a node is sent only what it follows, and
// publishes to nobody else. It hears itself too, and drops that. What is published travels in a
// binary envelope (bus_envelope.h); one of another epoch is of another history and is dropped.
//
// Redis Pub/Sub is at most once, and this bus adds no promise: it may lose, repeat and reorder. Its
// whole duty is to know when it is ill. Every canary_interval it publishes a number on a channel of
// its own node and wants it back within canary_patience; a connection that is stalled, cut in the
// middle or forgotten by Redis thus shows itself within the sum of the two, and both connections
// are made anew. It is well again once everything is subscribed again and a canary has come back;
// then the shards are told to look at the log. Between a channel's first follow() and Redis' answer
// to it (a round trip) events may pass unseen: the look that each shard takes at the log's heads
// once a second finds them.
//
// Queues: publishing, by bytes and age (publish_queue.h); what is on its way to a socket, by
// kUnsentBytesMax; subscriptions, by what is followed; incoming, by LocalBusHub::kWaitingBytesMax.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/ports/bus_stats.h"
#include "protocol/result.h"
#include "storage/bus_uplink.h"
#include "storage/publish_queue.h"

namespace kith {

class ClusterPresence;
class LocalBusHub;
struct RedisAddress;

// A change that an operator would want to know of.
struct BusNotice {
  enum class Kind : std::uint8_t { healthy, ill, refused };
  Kind kind = Kind::healthy;
  std::string reason{};      // one line; never a password
  std::size_t channels = 0;  // healthy: subscribed
};

struct RedisBusTimes {
  std::chrono::milliseconds canary_interval{2000};
  std::chrono::milliseconds canary_patience{5000};
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds backoff_min{100};
  std::chrono::milliseconds backoff_max{3000};
};

struct RedisBusOptions {
  std::string epoch;
  PublishQueue::Limits queue{};
  RedisBusTimes times{};
  // On the bus's thread. `refused`: an attempt to connect that failed for another reason than the
  // one before it, or a minute later.
  std::function<void(const BusNotice&)> on_notice;
};

class RedisBus final : public BusUplink {
 public:
  // `hub` and `presence` outlive the bus. Errors: bad_request where the address cannot work at all
  // (an unreadable ca_file). That Redis is not there is none: the bus is ill until it is.
  static Result<std::unique_ptr<RedisBus>> open(const RedisAddress& address,
                                                RedisBusOptions options, LocalBusHub& hub,
                                                ClusterPresence& presence);
  ~RedisBus() override;

  void follow(const ChannelId& channel) override;
  void unfollow(const ChannelId& channel) override;
  void publish(const std::vector<BusEventPtr>& events) override;
  bool ill() const override;

  BusStats stats() const;  // any thread
  // Says what is left to say, users who have gone above all, for half a second at most, and ends
  // its thread; what is published later is dropped. Blocks.
  void close();

 private:
  class Impl;
  explicit RedisBus(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith
