// The inside of RedisBus: the work of its thread. What other threads bring is behind mutex_; the
// rest is the thread's own, but for the counters.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <mutex>
#include <thread>

#include "storage/bus_envelope.h"
#include "storage/redis_bus.h"
#include "storage/redis_link.h"
#include "storage/redis_subscriptions.h"

namespace kith {

class RedisBus::Impl {
 public:
  // What may be on its way to the publishing socket; the rest waits in the bounded queue.
  static constexpr std::size_t kUnsentBytesMax = 256 * 1024;
  // What waits to be announced; beyond it, it is left to the next round.
  static constexpr std::size_t kAnnounceBytesMax = 16 * 1024 * 1024;

  Impl(const RedisAddress& address, std::shared_ptr<boost::asio::ssl::context> tls,
       RedisBusOptions options, LocalBusHub& hub, ClusterPresence& presence);
  ~Impl();

  void start();
  void close();

  // Any thread.
  void want(const ChannelId& channel, bool followed);
  void publish(const std::vector<BusEventPtr>& events);
  bool ill() const { return !healthy_; }
  BusStats stats() const;

 private:
  struct Counters {
    std::atomic<std::uint64_t> connects = 0, failures = 0, published = 0, publish_errors = 0,
                               oversized = 0, unannounced = 0, received = 0, received_own = 0,
                               decode_errors = 0, foreign = 0, inbound_dropped = 0, bytes_sent = 0,
                               bytes_received = 0, subscriptions = 0, resubscribed = 0;
  };

  RedisLinkOptions link_options(std::shared_ptr<boost::asio::ssl::context> tls,
                                const char* role) const;
  RedisLinkEvents subscriber_events();
  RedisLinkEvents publisher_events();
  boost::asio::awaitable<void> tick_for_ever();
  void run();
  void wake();

  void tick(SteadyTime now);
  void look_after(SteadyTime now);
  void mind_presence(SteadyTime now);

  // redis_subscriber.cc: the subscribed connection
  void subscriber_up();
  void subscribe_more();
  bool on_subscriber_reply(const redisReply& reply);
  void on_message(std::string_view channel, std::string_view payload);
  void accept(Envelope envelope);
  void hand_over();

  // redis_publisher.cc: the publishing one, and the canary
  void publisher_up();
  bool on_publisher_reply(const redisReply& reply);
  void publish_more();
  void append_publish(const ChannelId& channel, std::string_view envelope);
  void send_published();
  void announce(std::vector<Announcement> announcements);
  void announce_more();
  void finish();
  bool said_all() const;
  void send_canary(SteadyTime now);
  void on_canary(std::string_view payload);

  void link_down(const char* role, const std::string& reason);
  void set_healthy();
  void set_ill(const std::string& reason);
  void drop_both(const std::string& reason);

  const RedisAddress address_;
  const RedisBusOptions options_;
  LocalBusHub& hub_;
  ClusterPresence& presence_;
  const Uuid node_;
  const std::string canary_channel_;
  // By pointer: it goes first of all, while what its coroutines refer to still stands.
  std::unique_ptr<boost::asio::io_context> io_;
  RedisLink subscriber_;
  RedisLink publisher_;
  std::thread thread_;

  mutable std::mutex mutex_;
  RedisSubscriptions subscriptions_;  // guarded by mutex_
  PublishQueue queue_;                // guarded by mutex_
  bool closed_ = false;               // guarded by mutex_
  std::atomic<bool> waking_ = false;

  std::atomic<bool> healthy_ = false;
  Counters counters_;

  bool marker_sent_ = false;  // behind the last of the channels that are subscribed anew
  bool subscribed_ = false;   // the marker has come back
  bool was_subscribed_ = false;
  SteadyTime last_heard_{};           // on the subscribed connection
  std::vector<BusEventPtr> arrived_;  // of one read
  std::deque<Announcement> to_announce_;
  std::size_t announce_bytes_ = 0;
  std::string published_;         // commands on their way to the publisher
  std::uint64_t unanswered_ = 0;  // of those that were handed to it
  bool finishing_ = false;
  SteadyTime finish_until_{};
  struct Canary {
    std::uint64_t number = 0;
    SteadyTime sent{};
  };
  std::uint64_t last_canary_ = 0;
  std::deque<Canary> flying_;  // that have not come back
  SteadyTime next_canary_{};
  SteadyTime next_sweep_{};
  std::string last_refusal_;
  SteadyTime next_refusal_notice_{};
  SteadyTime next_error_notice_{};
};

}  // namespace kith
