#include "engine/presence_tracker.h"

#include <algorithm>

#include "engine/hub.h"
#include "engine/typing.h"

namespace kith {

using namespace std::chrono_literals;

namespace {

constexpr auto kCountInterval = 1s;

std::uint64_t state_key(const UserId& user) {
  return IdHash{}(user) ^ 0x70726573;
}

}  // namespace

void PresenceTracker::entered(Channel& channel, const UserId& user) {
  const auto entered = context_.ports.presence.enter(channel.id, user);
  if (entered.came) announce(channel.id, user, true);
}

void PresenceTracker::left(Channel& channel, const UserId& user) {
  const SteadyTime now = context_.now.steady;
  if (!context_.ports.presence.leave(channel.id, user, now).last_session) return;
  leaving_.push_back({now + limits::kPresenceGrace, now, channel.id, user});
  if (channel.id.is_chat()) context_.typing->announce(channel.id.chat(), user, false);
}

void PresenceTracker::announce(const ChannelId& id, const UserId& user, bool came) {
  auto event = std::make_shared<BusEvent>();
  event->kind = BusKind::presence;
  event->channel = id;
  event->user = user;
  event->start = came;
  context_.ports.bus.publish(event);
  on_bus_event(*event);
}

void PresenceTracker::on_bus_event(const BusEvent& event) {
  Channel* channel = context_.hub->find(event.channel);
  if (channel == nullptr || channel->watchers == 0) return;
  // Of several shards' announcements the order is not kept: the count is the one of now.
  const std::uint32_t count = context_.ports.presence.snapshot(event.channel, 0).count;
  if (count <= limits::kPresenceUsersMax) {
    say(*channel, event.user, event.start, count);
  } else if (!channel->count_due) {
    channel->count_due = true;
    counts_due_.push_back(channel->id);
  }
}

void PresenceTracker::say(Channel& channel, const UserId& user, bool came, std::uint32_t count) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().field("type", came ? "presence.join" : "presence.leave");
  writer.field("channel", channel.id).field("user_id", user);
  writer.field("count", std::int64_t{count}).end_object();
  std::string frame;
  append_text_frame(frame, json);
  Segment& segment =
      context_.hub->say(channel, frame, Tier::state, state_key(user) ^ IdHash{}(channel.id));
  segment.watchers_only = true;
  segment.except_user = user;
}

void PresenceTracker::say_count(Channel& channel, std::uint32_t count) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().field("type", "presence.count").field("channel", channel.id);
  writer.field("count", std::int64_t{count}).end_object();
  std::string frame;
  append_text_frame(frame, json);
  context_.hub->say(channel, frame, Tier::state, IdHash{}(channel.id)).watchers_only = true;
}

void PresenceTracker::write_snapshot(JsonWriter& writer, const ChannelId& channel) const {
  const auto snapshot = context_.ports.presence.snapshot(channel, limits::kPresenceUsersMax);
  writer.begin_object().field("count", std::int64_t{snapshot.count});
  writer.key("users").begin_array();
  for (const UserId& user : snapshot.users) writer.id(user);
  writer.end_array().end_object();
}

void PresenceTracker::tick() {
  const SteadyTime now = context_.now.steady;
  while (!leaving_.empty() && leaving_.front().due <= now) {
    const Leaving leaving = leaving_.front();
    leaving_.pop_front();
    const auto remaining =
        context_.ports.presence.expire(leaving.channel, leaving.user, leaving.left_at);
    if (remaining) announce(leaving.channel, leaving.user, false);
  }
  if (counts_due_.empty() || now < next_counts_) return;
  next_counts_ = now + kCountInterval;
  for (const ChannelId& id : std::exchange(counts_due_, {})) {
    Channel* channel = context_.hub->find(id);
    if (channel == nullptr) continue;
    channel->count_due = false;
    say_count(*channel, context_.ports.presence.snapshot(id, 0).count);
  }
}

SteadyTime PresenceTracker::next_deadline() const {
  SteadyTime next = leaving_.empty() ? SteadyTime::max() : leaving_.front().due;
  if (!counts_due_.empty()) next = std::min(next, next_counts_);
  return next;
}

}  // namespace kith
