#include "engine/typing.h"

#include <algorithm>

#include "engine/hub.h"
#include "protocol/json_writer.h"

namespace kith {

using namespace std::chrono_literals;

namespace {

// Renewals within this time prolong the entry but are not fanned out again.
constexpr auto kRenewalInterval = 1s;

}  // namespace

void Typing::announce(const ChatId& chat, const UserId& user, bool start) {
  auto event = std::make_shared<BusEvent>();
  event->kind = BusKind::typing;
  event->channel = chat;
  event->user = user;
  event->start = start;
  context_.ports.bus.publish(event);
  on_bus_event(*event);
}

void Typing::on_bus_event(const BusEvent& event) {
  Channel* channel = context_.hub->find(event.channel);
  if (channel == nullptr) return;
  if (event.start) {
    start(*channel, event.user);
  } else {
    stop(*channel, event.user);
  }
}

void Typing::start(Channel& channel, const UserId& user) {
  if (!channel.small()) return;
  const SteadyTime now = context_.now.steady;
  auto it = std::find_if(channel.typing.begin(), channel.typing.end(),
                         [&](const TypingUser& typing) { return typing.user == user; });
  if (it == channel.typing.end()) {
    if (channel.typing.empty()) active_.push_back(channel.id);
    channel.typing.push_back({.user = user});
    it = channel.typing.end() - 1;
    it->announced = now - kRenewalInterval;
  }
  it->expires = now + limits::kTypingLifetime;
  if (now - it->announced < kRenewalInterval) return;
  it->announced = now;
  say(channel, user, true);
}

void Typing::stop(Channel& channel, const UserId& user) {
  if (channel.typing.empty()) return;
  const auto removed =
      std::erase_if(channel.typing, [&](const TypingUser& typing) { return typing.user == user; });
  if (removed > 0) say(channel, user, false);
}

void Typing::say(Channel& channel, const UserId& user, bool start) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object().field("type", start ? "typing.start" : "typing.stop");
  writer.field("chat_id", channel.id).field("user_id", user);
  if (start) {
    writer.field("expires_in_ms", static_cast<std::int64_t>(
                                      std::chrono::milliseconds(limits::kTypingLifetime).count()));
  }
  writer.end_object();
  std::string frame;
  append_text_frame(frame, json);
  context_.hub->say(channel, frame, Tier::ephemeral).except_user = user;
}

void Typing::tick() {
  const SteadyTime now = context_.now.steady;
  std::erase_if(active_, [&](const ChannelId& id) {
    Channel* channel = context_.hub->find(id);
    if (channel == nullptr) return true;
    const std::vector<TypingUser> entries = channel->typing;
    for (const TypingUser& typing : entries) {
      if (typing.expires <= now) stop(*channel, typing.user);
    }
    return channel->typing.empty();
  });
}

SteadyTime Typing::next_deadline() const {
  SteadyTime next = SteadyTime::max();
  for (const ChannelId& id : active_) {
    const Channel* channel = context_.hub->find(id);
    if (channel == nullptr) continue;
    for (const TypingUser& typing : channel->typing) next = std::min(next, typing.expires);
  }
  return next;
}

}  // namespace kith
