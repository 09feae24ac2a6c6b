// The part of RedisBus about its publishing connection, and the canary that flies from there to the
// subscribed one.
#include <charconv>
#include <utility>

#include "storage/cluster_presence.h"
#include "storage/redis_bus_impl.h"

namespace kith {

using namespace std::chrono_literals;

namespace {

constexpr auto kErrorNoticeInterval = 60s;
constexpr auto kFinishMax = 500ms;

std::size_t bytes_of(const Announcement& announcement) {
  return sizeof(Announcement) +
         (announcement.here.size() + announcement.gone.size()) * sizeof(UserId);
}

}  // namespace

RedisLinkEvents RedisBus::Impl::publisher_events() {
  return {.on_up = [this] { publisher_up(); },
          .on_down = [this](const std::string& reason) { link_down("publisher", reason); },
          .on_reply = [this](const redisReply& reply) { return on_publisher_reply(reply); },
          .on_read =
              [this] {
                if (finishing_ && said_all()) io_->stop();
              },
          .on_written =
              [this] {
                publish_more();
                announce_more();
              }};
}

void RedisBus::Impl::publisher_up() {
  ++counters_.connects;
  flying_.clear();
  to_announce_.clear();  // of before; a round says all of it
  announce_bytes_ = 0;
  unanswered_ = 0;
  next_canary_ = std::chrono::steady_clock::now();
  look_after(next_canary_);
  publish_more();
}

// To a PUBLISH: how many got it, or why not.
bool RedisBus::Impl::on_publisher_reply(const redisReply& reply) {
  if (unanswered_ == 0) return false;
  --unanswered_;
  if (reply.type == REDIS_REPLY_INTEGER) return true;
  if (reply.type != REDIS_REPLY_ERROR) return false;
  ++counters_.publish_errors;
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now >= next_error_notice_ && options_.on_notice) {
    next_error_notice_ = now + kErrorNoticeInterval;
    options_.on_notice({.kind = BusNotice::Kind::refused,
                        .reason = "Redis refuses PUBLISH: " + redis_error_word(reply)});
  }
  return true;
}

void RedisBus::Impl::publish_more() {
  while (publisher_.is_up() && publisher_.unsent_bytes() < kUnsentBytesMax) {
    std::vector<BusEventPtr> events;
    {
      const std::lock_guard lock(mutex_);
      if (queue_.empty()) return;
      events = queue_.take(kUnsentBytesMax, std::chrono::steady_clock::now());
    }
    std::string envelope;
    for (const BusEventPtr& event : events) {
      envelope.clear();
      append_envelope(envelope, node_, options_.epoch, *event);
      append_publish(event->channel, envelope);
    }
    send_published();
  }
}

void RedisBus::Impl::append_publish(const ChannelId& channel, std::string_view envelope) {
  if (envelope.size() > kEnvelopeBytesMax) {
    ++counters_.oversized;
    return;
  }
  append_redis_command(published_, {"PUBLISH", "kith:" + channel.text(), envelope});
  ++counters_.published;
  ++unanswered_;
}

void RedisBus::Impl::send_published() {
  if (!published_.empty()) publisher_.send(published_);
  published_.clear();
}

// What there is no room for now goes out as room is made, before what is due later: so a crowd that
// is announced at once, or takes more than its share of a round, is announced to its end.
void RedisBus::Impl::announce(std::vector<Announcement> announcements) {
  for (Announcement& announcement : announcements) {
    if (!publisher_.is_up() || announce_bytes_ >= kAnnounceBytesMax) {
      ++counters_.unannounced;  // said again in the next round
    } else {
      announce_bytes_ += bytes_of(announcement);
      to_announce_.push_back(std::move(announcement));
    }
  }
  announce_more();
}

void RedisBus::Impl::announce_more() {
  std::string envelope;
  while (!to_announce_.empty() && publisher_.is_up() &&
         publisher_.unsent_bytes() + published_.size() < kUnsentBytesMax) {
    envelope.clear();
    append_envelope(envelope, node_, options_.epoch, to_announce_.front());
    append_publish(to_announce_.front().channel, envelope);
    announce_bytes_ -= bytes_of(to_announce_.front());
    to_announce_.pop_front();
  }
  send_published();
}

bool RedisBus::Impl::said_all() const {
  const std::lock_guard lock(mutex_);
  return queue_.empty() && to_announce_.empty() && unanswered_ == 0;
}

void RedisBus::Impl::finish() {
  const SteadyTime now = std::chrono::steady_clock::now();
  finishing_ = true;
  finish_until_ = now + kFinishMax;
  announce(presence_.due(now));
  publish_more();
  if (!publisher_.is_up() || said_all()) io_->stop();
}

void RedisBus::Impl::send_canary(SteadyTime now) {
  std::string command;
  append_redis_command(command, {"PUBLISH", canary_channel_, std::to_string(++last_canary_)});
  publisher_.send(command);
  ++unanswered_;
  next_canary_ = now + options_.times.canary_interval;
  flying_.push_back({last_canary_, now});
}

void RedisBus::Impl::on_canary(std::string_view payload) {
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(payload.data(), payload.data() + payload.size(), number);
  if (error != std::errc() || end != payload.data() + payload.size() || number > last_canary_) {
    ++counters_.decode_errors;
    return;
  }
  if (flying_.empty() || number < flying_.front().number) return;  // of an earlier connection
  // Those before it will not come any more, and need not.
  while (!flying_.empty() && flying_.front().number <= number) flying_.pop_front();
  if (subscribed_) set_healthy();
}

}  // namespace kith
