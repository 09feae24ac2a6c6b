#include "storage/sql_session.h"

#include <algorithm>

#include "protocol/assert.h"

namespace kith {
namespace {

// Beyond these the caches start anew; at about 100 bytes an entry.
constexpr std::size_t kCachedEntriesMax = 256 * 1024;

}  // namespace

std::size_t WriteContext::RightKeyHash::operator()(const RightKey& key) const {
  // Keys are dense integers of our own: a multiplicative mix spreads them.
  const auto chat = static_cast<std::uint64_t>(key.chat);
  const auto user = static_cast<std::uint64_t>(key.user);
  const std::uint64_t mixed = (chat * 0x9e3779b97f4a7c15ULL) ^ (user * 0xc2b2ae3d27d4eb4fULL);
  return static_cast<std::size_t>(mixed ^ (mixed >> 32));
}

WriteContext::Channel& WriteContext::channel(ChannelKey key) {
  const auto known = channels_.find(key);
  if (known != channels_.end()) return known->second;
  Channel loaded;
  loaded.last = db.lock_head(key).value_or(0);
  // A head that could not be read must never be written back.
  if (db.failure()) return unreadable_ = Channel{};
  return channels_.emplace(key, loaded).first->second;
}

Seq WriteContext::next_seq(ChannelKey key) {
  Channel& entry = channel(key);
  if (db.failure()) return 0;
  if (!entry.touched) {
    entry.touched = true;
    touched_.push_back(key);
  }
  undo_.emplace_back(key, entry.last);
  return ++entry.last;
}

void WriteContext::learn_head(const ChannelHead& head) {
  channels_.try_emplace(head.channel, Channel{.last = head.seq});
}

Seq WriteContext::head(ChannelKey key) {
  return channel(key).last;
}

Position WriteContext::next_position() {
  if (db.is_shared()) return db.draw_position().value_or(0);
  if (!position_) {
    const Position last = db.settled_position();
    if (db.failure()) return 0;
    position_ = last;
  }
  return ++*position_;
}

void WriteContext::rights_changed(ChannelKey chat) {
  channel(chat).rights_generation = ++rights_generation_;
}

SendRight WriteContext::send_right(ChannelKey chat, UserKey user) {
  const std::uint32_t generation = channel(chat).rights_generation;
  const auto [at, inserted] = rights_.try_emplace(RightKey{chat, user});
  CachedRight& cached = at->second;
  if (inserted || cached.generation != generation) {
    cached = CachedRight{.right = {}, .generation = generation};
    auto rows = db.query(
        "SELECT status, muted_until FROM chat_participants WHERE chat_id = $1 AND user_id = $2",
        chat, user);
    if (rows.next()) {
      cached.right.participant = rows.integer(0) == 0;
      cached.right.muted_until_ms = rows.maybe_integer(1).value_or(0);
    }
  }
  return cached.right;
}

std::optional<ChannelKey> WriteContext::cached_key(const ChannelId& id) const {
  const auto known = channel_keys_.find(id);
  return known == channel_keys_.end() ? std::nullopt : std::optional(known->second);
}

std::optional<ChannelKey> WriteContext::channel_key(const ChannelId& id) {
  if (const auto known = cached_key(id)) return known;
  auto rows = db.query("SELECT id FROM channels WHERE public_id = $1 AND kind = $2", id.uuid,
                       static_cast<int>(id.kind));
  if (!rows.next()) return std::nullopt;
  const ChannelKey key{rows.integer(0)};
  channel_keys_.emplace(id, key);
  return key;
}

std::optional<UserKey> WriteContext::user_key(const UserId& id) {
  const auto key = channel_key(id);
  if (!key) return std::nullopt;
  return UserKey{static_cast<std::int64_t>(*key)};
}

std::optional<UserId> WriteContext::user_id(UserKey key) {
  const auto known = user_ids_.find(key);
  if (known != user_ids_.end()) return known->second;
  auto rows = db.query("SELECT public_id FROM channels WHERE id = $1 AND kind = $2", key,
                       static_cast<int>(IdKind::user));
  if (!rows.next()) return std::nullopt;
  const UserId id{rows.uuid(0)};
  user_ids_.emplace(key, id);
  return id;
}

ChannelKey WriteContext::insert_channel(const ChannelId& id) {
  ChannelKey key{};
  {
    auto rows = db.query("INSERT INTO channels(kind, public_id) VALUES($1, $2) RETURNING id",
                         static_cast<int>(id.kind), id.uuid);
    if (rows.next()) key = ChannelKey{rows.integer(0)};
  }
  if (!db.failure()) {
    channels_[key].last = 0;
    channel_keys_[id] = key;
    inserted_.push_back({.key = key, .id = id});
  }
  return key;
}

void WriteContext::begin_job() {
  undo_.clear();
  position_before_job_ = position_;
}

void WriteContext::undo_job() {
  for (auto at = undo_.rbegin(); at != undo_.rend(); ++at) {
    const auto known = channels_.find(at->first);
    KITH_ASSERT(known != channels_.end());
    known->second.last = at->second;
  }
  undo_.clear();
  position_ = position_before_job_;
}

void WriteContext::write_heads() {
  // In the order of their keys: the pages of `channels` are visited once.
  std::sort(touched_.begin(), touched_.end());
  heads_.clear();
  for (const ChannelKey key : touched_) heads_.push_back({key, channels_[key].last});
  db.raise_heads(heads_);
}

void WriteContext::hold(const ChannelId& id) {
  if (!db.is_shared()) return;
  if (const auto key = channel_key(id)) channel(*key);
}

void WriteContext::committed() {
  if (db.is_shared()) {
    channels_.clear();
    rights_.clear();
    touched_.clear();
  }
  for (const ChannelKey key : touched_) channels_[key].touched = false;
  touched_.clear();
  undo_.clear();
  inserted_.clear();
  if (std::max({channels_.size(), rights_.size(), channel_keys_.size(), user_ids_.size()}) >
      kCachedEntriesMax) {
    const auto position = position_;
    forget();
    channel_keys_.clear();
    user_ids_.clear();
    position_ = position;
  }
}

void WriteContext::forget_caches() {
  rights_.clear();
  // Keys and ids never change: only those go that no transaction has committed.
  for (const ChannelRef& channel : inserted_) {
    channel_keys_.erase(channel.id);
    user_ids_.erase(UserKey{static_cast<std::int64_t>(channel.key)});
  }
  inserted_.clear();
  std::erase_if(channels_, [](const auto& entry) { return !entry.second.touched; });
}

void WriteContext::forget() {
  forget_caches();
  channels_.clear();
  touched_.clear();
  undo_.clear();
  position_.reset();
  position_before_job_.reset();
}

namespace {

std::optional<std::int64_t> code_of(const LogRow& row) {
  if (row.type == EventType::participant_join) return static_cast<std::int64_t>(row.role);
  if (row.type == EventType::system_moderation) return static_cast<std::int64_t>(row.action);
  return std::nullopt;
}

std::optional<std::string_view> detail_of(const LogRow& row) {
  switch (row.type) {
    case EventType::reaction_add:
    case EventType::reaction_remove:
      return row.emoji;
    case EventType::system_moderation:
      return row.reason;
    case EventType::notification_new:
    case EventType::notification_read:
    case EventType::score_updated:
    case EventType::streak_updated:
    case EventType::badge_earned:
      return row.payload;
    default:
      if (has_payload_members(row.type)) return row.payload;
      return std::nullopt;
  }
}

template <typename Ref>
auto key_of(const std::optional<Ref>& ref) {
  return ref ? std::optional(ref->key) : std::nullopt;
}

}  // namespace

DurableEvent append_log(WriteContext& context, const ChannelRef& channel, LogRow row) {
  DurableEvent event;
  event.type = row.type;
  event.channel = channel.id;
  event.seq = context.next_seq(channel.key);
  event.at = row.at;
  std::optional<std::int64_t> message;
  if (row.message) message = static_cast<std::int64_t>(row.message->position);
  context.db.execute(
      "INSERT INTO channel_log(position, channel_id, seq, type, at, user_id, by_id, message_id,"
      " code, until, detail) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      context.next_position(), channel.key, event.seq, static_cast<int>(row.type), row.at,
      key_of(row.user), key_of(row.by), message, code_of(row), row.until, detail_of(row));
  if (row.user) event.user = row.user->id;
  if (row.by) event.by = row.by->id;
  if (row.message) event.message = row.message->id;
  event.content = std::move(row.content);
  event.emoji = std::move(row.emoji);
  event.role = row.role;
  event.action = row.action;
  event.reason = std::move(row.reason);
  event.until = row.until;
  event.payload = std::move(row.payload);
  return event;
}

}  // namespace kith
