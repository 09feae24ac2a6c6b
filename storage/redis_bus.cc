#include "storage/redis_bus.h"

#include <pthread.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>
#include <utility>

#include "storage/cluster_presence.h"
#include "storage/local_bus.h"
#include "storage/redis_bus_impl.h"

namespace kith {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto kTick = 250ms;
constexpr auto kSweepInterval = 1s;
constexpr auto kRefusalNoticeInterval = 60s;

// Names this process among the nodes; random, so that one that restarts is another.
Uuid make_node_id() {
  std::random_device device;
  Uuid out{};
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(device());
  return out;
}

std::string digits(const Uuid& node) {
  std::string out;
  append_crockford(out, node);
  return out;
}

}  // namespace

RedisBus::Impl::Impl(const RedisAddress& address, std::shared_ptr<asio::ssl::context> tls,
                     RedisBusOptions options, LocalBusHub& hub, ClusterPresence& presence)
    : address_(address),
      options_(std::move(options)),
      hub_(hub),
      presence_(presence),
      node_(make_node_id()),
      canary_channel_("kith:node:" + digits(node_)),
      io_(std::make_unique<asio::io_context>(1)),
      subscriber_(*io_, link_options(tls, "sub"), subscriber_events()),
      publisher_(*io_, link_options(tls, "pub"), publisher_events()),
      queue_(options_.queue) {}

RedisBus::Impl::~Impl() {
  close();
  subscriber_.abandon();
  publisher_.abandon();
  io_.reset();
}

RedisLinkOptions RedisBus::Impl::link_options(std::shared_ptr<asio::ssl::context> tls,
                                              const char* role) const {
  return {.address = address_,
          .tls = std::move(tls),
          .name = std::string("kith-") + role + "-" + digits(node_),
          .reply_bytes_max = kEnvelopeBytesMax + 4096,
          .connect_timeout = options_.times.connect_timeout,
          .backoff_min = options_.times.backoff_min,
          .backoff_max = options_.times.backoff_max};
}

void RedisBus::Impl::start() {
  asio::co_spawn(*io_, tick_for_ever(), [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);  // tick() has caught what it may
  });
  subscriber_.start();
  publisher_.start();
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "redis-bus");
    run();
  });
}

// What throws is a bug of ours or a want of memory, in one handler: the others go on.
void RedisBus::Impl::run() {
  while (!io_->stopped()) {
    try {
      io_->run();
    } catch (const std::exception& error) {
      ++counters_.failures;
      drop_both(std::string("exception: ") + error.what());
    }
  }
}

void RedisBus::Impl::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  healthy_ = false;
  if (!thread_.joinable()) return;
  asio::post(*io_, [this] { finish(); });
  thread_.join();
}

void RedisBus::Impl::wake() {
  if (waking_.exchange(true)) return;
  asio::post(*io_, [this] {
    waking_ = false;
    subscribe_more();
    publish_more();
  });
}

void RedisBus::Impl::want(const ChannelId& channel, bool followed) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    followed ? subscriptions_.follow(channel) : subscriptions_.unfollow(channel);
  }
  wake();
}

void RedisBus::Impl::publish(const std::vector<BusEventPtr>& events) {
  const SteadyTime now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    for (const BusEventPtr& event : events) {
      if (event->kind != BusKind::presence) queue_.push(event, now);  // the others find out
    }
  }
  wake();
}

asio::awaitable<void> RedisBus::Impl::tick_for_ever() {
  asio::steady_timer timer(*io_);
  while (true) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (finishing_ && now >= finish_until_) io_->stop();
    try {
      tick(now);
    } catch (const std::exception& error) {
      ++counters_.failures;
      drop_both(std::string("exception: ") + error.what());
    }
    timer.expires_at(now + kTick);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

void RedisBus::Impl::tick(SteadyTime now) {
  subscriber_.check(now);
  publisher_.check(now);
  look_after(now);
  mind_presence(now);
  counters_.bytes_sent = subscriber_.bytes_sent() + publisher_.bytes_sent();
  counters_.bytes_received = subscriber_.bytes_received() + publisher_.bytes_received();
  publish_more();
}

// Is what should answer late?
void RedisBus::Impl::look_after(SteadyTime now) {
  const auto patience = options_.times.canary_patience;
  if (subscriber_.is_up() && !subscribed_ && now - last_heard_ > patience) {
    subscriber_.drop("Redis does not answer the subscriptions");
  }
  if (!subscribed_ || !publisher_.is_up()) return;
  if (!flying_.empty() && now - flying_.front().sent > patience) {
    drop_both("what was published did not come back");
  } else if (now >= next_canary_) {
    send_canary(now);
  }
}

void RedisBus::Impl::mind_presence(SteadyTime now) {
  announce(presence_.due(now));
  if (now < next_sweep_) return;
  next_sweep_ = now + kSweepInterval;
  const auto gone = presence_.sweep(now);
  if (!gone.empty()) counters_.inbound_dropped += hub_.deliver(gone);
}

void RedisBus::Impl::drop_both(const std::string& reason) {
  set_ill(reason);
  subscriber_.drop(reason);
  publisher_.drop(reason);
}

void RedisBus::Impl::link_down(const char* role, const std::string& reason) {
  ++counters_.failures;
  if (healthy_) return set_ill(reason);
  const SteadyTime now = std::chrono::steady_clock::now();
  if (reason == last_refusal_ && now < next_refusal_notice_) return;
  last_refusal_ = reason;
  next_refusal_notice_ = now + kRefusalNoticeInterval;
  if (options_.on_notice) {
    options_.on_notice(
        {.kind = BusNotice::Kind::refused, .reason = std::string(role) + ": " + reason});
  }
}

void RedisBus::Impl::set_healthy() {
  if (healthy_.exchange(true)) return;
  last_refusal_.clear();
  hub_.tell_healed();
  std::size_t channels = 0;
  {
    const std::lock_guard lock(mutex_);
    channels = subscriptions_.wanted();
  }
  if (options_.on_notice) {
    options_.on_notice({.kind = BusNotice::Kind::healthy, .channels = channels});
  }
}

void RedisBus::Impl::set_ill(const std::string& reason) {
  flying_.clear();
  if (!healthy_.exchange(false)) return;
  last_refusal_ = reason;  // of the other connection it is no news
  next_refusal_notice_ = std::chrono::steady_clock::now() + kRefusalNoticeInterval;
  if (options_.on_notice) options_.on_notice({.kind = BusNotice::Kind::ill, .reason = reason});
}

BusStats RedisBus::Impl::stats() const {
  BusStats out{.between_nodes = true,
               .healthy = healthy_,
               .connects = counters_.connects,
               .failures = counters_.failures,
               .published = counters_.published,
               .publish_dropped = counters_.oversized + counters_.unannounced,
               .publish_errors = counters_.publish_errors,
               .received = counters_.received,
               .received_own = counters_.received_own,
               .decode_errors = counters_.decode_errors,
               .foreign = counters_.foreign,
               .inbound_dropped = counters_.inbound_dropped,
               .bytes_sent = counters_.bytes_sent,
               .bytes_received = counters_.bytes_received,
               .subscriptions = counters_.subscriptions,
               .resubscribed = counters_.resubscribed};
  const std::lock_guard lock(mutex_);
  out.publish_dropped += queue_.dropped();
  out.queued_bytes = queue_.bytes();
  return out;
}

Result<std::unique_ptr<RedisBus>> RedisBus::open(const RedisAddress& address,
                                                 RedisBusOptions options, LocalBusHub& hub,
                                                 ClusterPresence& presence) {
  auto tls = make_tls_context(address);
  if (!tls) return tls.error();
  auto impl = std::make_unique<Impl>(address, *tls, std::move(options), hub, presence);
  auto bus = std::unique_ptr<RedisBus>(new RedisBus(std::move(impl)));
  hub.set_uplink(*bus);
  bus->impl_->start();
  return bus;
}

RedisBus::RedisBus(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RedisBus::~RedisBus() = default;

void RedisBus::follow(const ChannelId& channel) {
  impl_->want(channel, true);
}
void RedisBus::unfollow(const ChannelId& channel) {
  impl_->want(channel, false);
}
void RedisBus::publish(const std::vector<BusEventPtr>& events) {
  impl_->publish(events);
}
bool RedisBus::ill() const {
  return impl_->ill();
}
BusStats RedisBus::stats() const {
  return impl_->stats();
}
void RedisBus::close() {
  impl_->close();
}

}  // namespace kith
