// What the memory store holds, and the steps that its operations share (memory_log.h,
// memory_chats.h, memory_accounts.h). An operation checks everything before it changes anything, so
// none is ever undone: each is a transaction by itself.
//
// Thread: under the store's mutex.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/ports/accounts.h"
#include "engine/ports/chats.h"
#include "engine/ports/event_log.h"
#include "storage/open_storage.h"

namespace kith::memory {

enum class MessageKey : std::size_t {};  // index into Tables::messages

struct Message {
  MessageId id;
  ChannelKey chat{};
  Seq seq = 0;
  Position position = 0;
  UserKey sender{};
  WallTime sent_at{};
  std::optional<WallTime> edited_at;
  std::optional<WallTime> deleted_at;
  std::optional<UserKey> hidden_by;
  std::optional<MessageKey> reply_to;
  std::string client_message_id;
  std::string first_digest;  // of the meaning as first sent; never changed
  std::string content;       // empty once deleted
  struct Reaction {
    UserKey user{};
    std::string emoji;
  };
  std::vector<Reaction> reactions;  // in the order of their coming

  bool gone() const { return deleted_at.has_value() || hidden_by.has_value(); }
  std::string_view shown() const { return gone() ? kTombstoneJson : std::string_view(content); }
};

struct LogEntry {
  EventType type = EventType::message_new;
  Seq seq = 0;
  Position position = 0;
  WallTime at{};
  std::optional<UserKey> user;
  std::optional<UserKey> by;
  std::optional<MessageKey> message;
  ParticipantRole role = ParticipantRole::member;
  command::ModerationAction action = command::ModerationAction::hide;
  std::optional<WallTime> until;
  std::string detail;  // emoji, reason or payload, by type
};

struct Channel {
  ChannelId id;
  Seq trimmed = 0;
  Seq examined = 0;           // up to here trim() has looked
  std::vector<LogEntry> log;  // seq s stands at s - 1

  Seq head() const { return log.size(); }
  // Rises with every event: what "most recent activity" compares.
  Position activity() const { return log.empty() ? 0 : log.back().position; }
};

enum class Standing : std::uint8_t { in, left, banned };

struct Member {
  ParticipantRole role = ParticipantRole::member;
  Standing standing = Standing::in;
  std::optional<WallTime> muted_until;
  std::optional<WallTime> banned_until;
  Seq last_read_seq = 0;
  Seq delivered_seq = 0;

  bool muted(WallTime now) const { return muted_until && *muted_until > now; }
};

struct Chat {
  ChatType type = ChatType::group;
  std::string name;
  WallTime created_at{};
  std::map<UserKey, Member> members;  // also those who went
  std::uint32_t participant_count = 0;
  std::map<Seq, MessageKey> messages;
};

struct User {
  UserRecord record;
  std::string password_hash;
};

struct Login {
  AuthSessionId id;
  UserKey user{};
  bool revoked = false;
};

struct RefreshToken {
  AuthSessionId session;
  WallTime issued{};
  WallTime expires{};
  bool used = false;
};

struct IdempotentResult {
  std::string request_digest;
  ChatId chat;
  WallTime created_at{};
};

inline constexpr WallTime kForGood = WallTime::max();

class Tables {
 public:
  Tables(const StorageOptions& options, std::uint64_t seed);

  std::optional<ChannelKey> find_channel(const ChannelId& id) const;
  std::optional<UserKey> find_user(const UserId& id) const;
  Channel& channel(ChannelKey key);
  Message& message(MessageKey key) { return messages[static_cast<std::size_t>(key)]; }
  ChannelKey add_channel(const ChannelId& id);

  // The chat and the user's place in it. Nothing where there is no such chat or they are not in it.
  struct Place {
    ChannelKey key{};
    Chat* chat = nullptr;
    Member* member = nullptr;
  };
  std::optional<Place> find_place(const ChatId& id, UserKey user);
  std::optional<MessageKey> find_message(ChannelKey chat, const MessageId& id) const;

  // Gives the entry its number and position, and trims what has grown too old.
  DurableEvent append(ChannelKey channel, LogEntry entry);
  DurableEvent durable_event(const Channel& channel, const LogEntry& entry);
  const UserId& user_id(UserKey key) const { return users.at(key).record.id; }
  Uuid new_uuid(WallTime now) { return uuids_.next(now); }

  std::map<UserKey, User> users;
  std::map<std::string, UserKey> users_by_email;  // folded
  std::map<ChannelKey, Chat> chats;
  std::map<UserKey, std::set<ChannelKey>> chats_of_user;  // that the user is in
  std::map<std::pair<UserKey, UserKey>, ChannelKey> direct_chats;
  std::map<std::tuple<ChannelKey, UserKey, std::string>, MessageKey> messages_by_client_id;
  std::vector<Message> messages;
  std::map<MessageId, MessageKey> messages_by_id;
  std::map<std::pair<MessageId, UserKey>, ReportId> open_cases;
  std::map<std::tuple<UserKey, std::string, std::string>, IdempotentResult> idempotency_keys;
  std::map<AuthSessionId, Login> logins;
  std::map<TokenHash, RefreshToken> refresh_tokens;
  std::vector<std::pair<ChannelKey, Seq>> positions;  // position p stands at p - 1
  Uuid epoch{};
  Uuid cursor_key{};  // seals the cursors of lists

 private:
  void trim(Channel& channel, WallTime now) const;

  std::chrono::hours log_keep_;
  std::uint32_t log_keep_events_;
  std::map<ChannelId, ChannelKey> channel_keys_;
  std::vector<Channel> channels_;  // key k stands at k - 1
  UuidGenerator uuids_;
};

inline ChannelKey own_channel(UserKey user) {
  return ChannelKey{static_cast<std::int64_t>(user)};
}

}  // namespace kith::memory
