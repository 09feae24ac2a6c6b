#include "storage/memory_tables.h"

#include <algorithm>

namespace kith::memory {

namespace {

// splitmix64 (Steele, Lea, Flood 2014): the store's ids need to differ, not to be secret.
class SplitMix {
 public:
  explicit SplitMix(std::uint64_t seed) : state_(seed) {}
  std::uint64_t operator()() {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

 private:
  std::uint64_t state_;
};

std::size_t index_of(ChannelKey key) {
  return static_cast<std::size_t>(key) - 1;
}

}  // namespace

Tables::Tables(const StorageOptions& options, std::uint64_t seed)
    : log_keep_(options.log_keep),
      log_keep_events_(options.log_keep_events),
      uuids_(SplitMix(seed)) {
  epoch = new_uuid(WallTime{});
  cursor_key = new_uuid(WallTime{});
}

std::optional<ChannelKey> Tables::find_channel(const ChannelId& id) const {
  const auto found = channel_keys_.find(id);
  if (found == channel_keys_.end()) return std::nullopt;
  return found->second;
}

std::optional<UserKey> Tables::find_user(const UserId& id) const {
  const auto found = find_channel(id);
  if (!found) return std::nullopt;
  return UserKey{static_cast<std::int64_t>(*found)};
}

Channel& Tables::channel(ChannelKey key) {
  return channels_[index_of(key)];
}

ChannelKey Tables::add_channel(const ChannelId& id) {
  channels_.push_back(Channel{.id = id, .log = {}});
  const ChannelKey key{static_cast<std::int64_t>(channels_.size())};
  const bool fresh = channel_keys_.emplace(id, key).second;
  KITH_ASSERT(fresh);
  return key;
}

std::optional<Tables::Place> Tables::find_place(const ChatId& id, UserKey user) {
  const auto key = find_channel(id);
  if (!key) return std::nullopt;
  Chat& chat = chats.at(*key);
  const auto member = chat.members.find(user);
  if (member == chat.members.end() || member->second.standing != Standing::in) return std::nullopt;
  return Place{.key = *key, .chat = &chat, .member = &member->second};
}

std::optional<MessageKey> Tables::find_message(ChannelKey chat, const MessageId& id) const {
  const auto found = messages_by_id.find(id);
  if (found == messages_by_id.end()) return std::nullopt;
  if (messages[static_cast<std::size_t>(found->second)].chat != chat) return std::nullopt;
  return found->second;
}

DurableEvent Tables::append(ChannelKey channel_key, LogEntry entry) {
  Channel& to = channel(channel_key);
  positions.emplace_back(channel_key, to.head() + 1);
  entry.seq = to.head() + 1;
  entry.position = positions.size();
  to.log.push_back(std::move(entry));
  trim(to, to.log.back().at);
  return durable_event(to, to.log.back());
}

DurableEvent Tables::durable_event(const Channel& channel, const LogEntry& entry) {
  DurableEvent event;
  event.type = entry.type;
  event.channel = channel.id;
  event.seq = entry.seq;
  event.at = entry.at;
  if (entry.user) event.user = user_id(*entry.user);
  if (entry.by) event.by = user_id(*entry.by);
  event.until = entry.until;
  event.role = entry.role;
  event.action = entry.action;
  if (entry.message) {
    const Message& about = message(*entry.message);
    event.message = about.id;
    if (entry.type == EventType::message_new) {
      event.client_message_id = about.client_message_id;
      if (about.reply_to) event.reply_to = message(*about.reply_to).id;
    }
    if (entry.type == EventType::message_new || entry.type == EventType::message_update) {
      event.content = about.shown();
    }
  }
  switch (entry.type) {
    case EventType::reaction_add:
    case EventType::reaction_remove:
      event.emoji = entry.detail;
      break;
    case EventType::system_moderation:
      event.reason = entry.detail;
      break;
    case EventType::session_revoked:
    case EventType::notification_new:
    case EventType::score_updated:
    case EventType::streak_updated:
    case EventType::badge_earned:
      event.payload = entry.detail;
      break;
    default:
      break;
  }
  return event;
}

// Messages are the history and stay; without the other rows no replay can run over their numbers.
void Tables::trim(Channel& channel, WallTime now) const {
  if (channel.head() <= log_keep_events_) return;
  const Seq last = channel.head() - log_keep_events_;
  for (; channel.examined < last; ++channel.examined) {
    LogEntry& entry = channel.log[channel.examined];
    if (entry.at >= now - log_keep_) return;
    if (entry.type == EventType::message_new) continue;
    entry.detail.clear();
    channel.trimmed = entry.seq;
  }
}

}  // namespace kith::memory
