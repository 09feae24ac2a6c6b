// The part of RedisBus about its subscribed connection: which channels it is sent, and what comes.
#include <algorithm>
#include <utility>

#include "storage/cluster_presence.h"
#include "storage/local_bus.h"
#include "storage/redis_bus_impl.h"

namespace kith {

namespace {

constexpr std::string_view kPrefix = "kith:";
constexpr std::string_view kMarker = "subscribed";

void append_change(std::string& out, std::string_view command,
                   const std::vector<ChannelId>& channels) {
  if (channels.empty()) return;
  append_redis_array(out, 1 + channels.size());
  append_redis_word(out, command);
  for (const ChannelId& channel : channels) {
    append_redis_word(out, std::string(kPrefix) + channel.text());
  }
}

bool is_text(const redisReply& reply) {
  return reply.type == REDIS_REPLY_STRING || reply.type == REDIS_REPLY_STATUS;
}

}  // namespace

RedisLinkEvents RedisBus::Impl::subscriber_events() {
  return {.on_up = [this] { subscriber_up(); },
          .on_down =
              [this](const std::string& reason) {
                subscribed_ = marker_sent_ = false;
                counters_.subscriptions = 0;
                link_down("subscriber", reason);
              },
          .on_reply = [this](const redisReply& reply) { return on_subscriber_reply(reply); },
          .on_read = [this] { hand_over(); },
          .on_written = [] {}};
}

void RedisBus::Impl::subscriber_up() {
  ++counters_.connects;
  last_heard_ = std::chrono::steady_clock::now();
  std::size_t again = 0;
  {
    const std::lock_guard lock(mutex_);
    again = subscriptions_.restart();
  }
  if (was_subscribed_) counters_.resubscribed += again;
  std::string command;
  append_redis_command(command, {"SUBSCRIBE", canary_channel_});
  subscriber_.send(command);
  subscribe_more();
}

void RedisBus::Impl::subscribe_more() {
  if (!subscriber_.is_up()) return;
  std::string commands;
  bool caught_up = false;
  {
    const std::lock_guard lock(mutex_);
    for (auto batch = subscriptions_.next(); !batch.empty(); batch = subscriptions_.next()) {
      append_change(commands, "SUBSCRIBE", batch.subscribe);
      append_change(commands, "UNSUBSCRIBE", batch.unsubscribe);
    }
    caught_up = subscriptions_.caught_up();
  }
  if (caught_up && !std::exchange(marker_sent_, true)) {
    append_redis_command(commands, {"PING", kMarker});
  }
  if (!commands.empty()) subscriber_.send(commands);
}

// ["message", channel, payload], ["subscribe" | "unsubscribe", channel, count], ["pong", text].
bool RedisBus::Impl::on_subscriber_reply(const redisReply& reply) {
  last_heard_ = std::chrono::steady_clock::now();
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements < 2 || !is_text(*reply.element[0]) ||
      !is_text(*reply.element[1])) {
    return false;
  }
  const std::string_view kind = text_of(*reply.element[0]);
  if (kind == "pong" && reply.elements == 2) {
    if (text_of(*reply.element[1]) != kMarker || subscribed_) return false;
    subscribed_ = was_subscribed_ = true;
    next_canary_ = last_heard_;
    look_after(last_heard_);
    return true;
  }
  if (reply.elements != 3) return false;
  const std::string_view channel = text_of(*reply.element[1]);
  if (kind == "message") {
    if (!is_text(*reply.element[2])) return false;
    on_message(channel, text_of(*reply.element[2]));
    return true;
  }
  if ((kind != "subscribe" && kind != "unsubscribe") ||
      reply.element[2]->type != REDIS_REPLY_INTEGER) {
    return false;
  }
  const auto count = static_cast<std::uint64_t>(std::max(reply.element[2]->integer, 1LL));
  counters_.subscriptions = count - 1;  // without the canary's
  if (channel == canary_channel_) return true;
  {
    const std::lock_guard lock(mutex_);
    subscriptions_.answered();
  }
  subscribe_more();
  return true;
}

void RedisBus::Impl::on_message(std::string_view channel, std::string_view payload) {
  if (channel == canary_channel_) return on_canary(payload);
  if (is_envelope_of(payload, node_)) {
    ++counters_.received_own;
    return;
  }
  auto envelope = decode_envelope(payload);
  if (!envelope || !channel.starts_with(kPrefix)) {
    ++counters_.decode_errors;
    return;
  }
  const auto* announcement = std::get_if<Announcement>(&envelope->body);
  const ChannelId& inside = announcement != nullptr
                                ? announcement->channel
                                : std::get<BusEventPtr>(envelope->body)->channel;
  if (channel.substr(kPrefix.size()) != inside.text()) {
    ++counters_.decode_errors;
    return;
  }
  if (envelope->epoch != options_.epoch) {
    ++counters_.foreign;
    return;
  }
  ++counters_.received;
  accept(*std::move(envelope));
}

void RedisBus::Impl::accept(Envelope envelope) {
  if (auto* event = std::get_if<BusEventPtr>(&envelope.body)) {
    arrived_.push_back(std::move(*event));
    return;
  }
  const auto came =
      presence_.hear(envelope.node, std::get<Announcement>(envelope.body), last_heard_);
  arrived_.insert(arrived_.end(), came.begin(), came.end());
}

void RedisBus::Impl::hand_over() {
  if (arrived_.empty()) return;
  counters_.inbound_dropped += hub_.deliver(arrived_);
  arrived_.clear();
}

}  // namespace kith
