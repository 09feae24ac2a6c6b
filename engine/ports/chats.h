// Chats and everything in them but the append of a message, which is EventLog's. Every change is
// one transaction: the state, its durable events (numbered in their channels) and its audit entry.
//
// Thread and callbacks as in event_log.h. A change answers with the events that it committed, in
// order; whoever asked hands them to Engine::publish. Changes of one shard to one chat run in the
// order of the calls, also with regard to its appends; so do those that concern no one chat.
//
// Errors: unavailable as in event_log.h; not_found where the chat, message or user does not exist
// or the actor may not see it; forbidden where they may see it but not do this; others as noted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/callback.h"
#include "engine/ports/event_log.h"
#include "protocol/command.h"
#include "protocol/event.h"
#include "protocol/ids.h"

namespace kith {

// Who asks. `now` is the shard's clock: stores do not look at one.
struct Actor {
  UserId user;
  UserKey key{};
  WallTime now{};
};

struct Committed {
  std::vector<DurableEvent> events;  // none: nothing changed (a reaction that was there already)
  // Of remove(): who removed the message, also where nothing changed. Once the log has been trimmed
  // of it: the sender.
  std::optional<UserId> by{};
};

struct EditMessage {
  ChatId chat;
  MessageId message;
  Content content;
};
struct DeleteMessage {
  ChatId chat;
  MessageId message;
  std::string reason;
};
struct SetReaction {
  ChatId chat;
  MessageId message;
  std::string emoji;
  bool add = true;
};
struct Moderate {
  ChatId chat;
  command::ModerationAction action = command::ModerationAction::hide;
  std::optional<MessageId> message;
  std::optional<UserId> user;
  std::string reason;
  std::optional<WallTime> until;
};
struct MarkedRead {
  Seq seq = 0;         // of the message named
  bool moved = false;  // false: the mark was there or further already
  std::uint32_t participants = 0;
};
struct DeliveredMark {
  ChatId chat;
  UserKey user{};
  Seq seq = 0;
};

enum class ChatType : std::uint8_t { direct = 0, group = 1, event = 2, club = 3 };
std::string_view to_string(ChatType type);

struct Idempotency {
  std::string path;
  std::string key;             // <= 64 bytes
  std::string request_digest;  // of the body: the same key with another body is `conflict`
};

struct CreateChat {
  ChatType type = ChatType::group;
  ChatId id;                         // proposed; an existing direct chat keeps its own
  std::string name;                  // may be empty
  std::vector<UserId> participants;  // without the actor, who becomes owner (direct: member)
  std::optional<Idempotency> idempotency;
};
struct Participant {
  UserId user;
  ParticipantRole role = ParticipantRole::member;
  std::string display_name;
  Seq last_read_seq = 0;
};
struct MessageRecord {
  MessageId message;
  Seq seq = 0;
  std::string client_message_id;
  UserId sender;
  std::string content;  // canonical JSON of now, or the tombstone
  std::optional<MessageId> reply_to;
  WallTime sent_at{};
  std::optional<WallTime> edited_at;
  std::optional<WallTime> deleted_at;
  struct ReactionCount {
    std::string emoji;
    std::uint32_t count = 0;
    bool me = false;
  };
  std::vector<ReactionCount> reactions;  // by first use
  std::uint32_t read_count = 0;          // participants other than the sender who have read it
  std::vector<UserId> read_by;           // only on request, and only up to kReceiptsParticipantsMax
  // participants other than the sender: all of them; those to whose sockets it was written
  std::uint32_t others = 0;
  std::uint32_t delivered_count = 0;
};
struct ChatRecord {
  ChatId id;
  ChatType type = ChatType::group;
  std::string name;
  WallTime created_at{};
  Seq head = 0;
  std::uint32_t participant_count = 0;
  std::vector<Participant> participants;  // at most kReceiptsParticipantsMax, the reader first
  ParticipantRole role = ParticipantRole::member;  // the reader's
  Seq last_read_seq = 0;                           // the reader's
  // Messages behind it that others sent, tombstones not counted. Counts up to 1,000: of those
  // behind it, the newest limits::kUnreadCountMax are looked at, whoever sent them.
  std::uint64_t unread_count = 0;
  std::optional<MessageRecord> last_message;
};
struct CreatedChat {
  ChatRecord chat;
  bool created = true;  // false: the direct chat of this pair, or this Idempotency-Key's chat
  std::vector<DurableEvent> events;
};
struct ChatList {
  std::vector<ChatRecord> chats;  // newest activity first; participants left out
  std::optional<std::string> next_cursor;
};

struct HistoryRequest {
  ChatId chat;
  std::optional<Seq> before_seq;
  std::optional<Seq> after_seq;  // at most one of the three
  std::optional<WallTime> before_time;
  std::uint32_t limit = limits::kHistoryLimitDefault;
  std::size_t bytes_max = limits::kHistoryBytesMax;  // fewer messages where they are long
  bool with_read_by = false;
};
struct HistoryPage {
  std::vector<MessageRecord> messages;  // ascending seq: the newest before, or the oldest after
  bool more = false;                    // further ones in the direction asked for
  std::uint32_t participants = 0;
  Seq head = 0;  // of the chat, in the same snapshot: what the messages are as of
};

class Chats {
 public:
  virtual ~Chats() = default;

  // conflict: the message is a tombstone. forbidden: not the sender, muted.
  virtual void edit(Actor actor, EditMessage edit, Callback<Committed> done) = 0;
  // By the sender, or a moderator or owner of the chat (forbidden: others), whatever the sender's
  // role. Deleting what is deleted: no events, and who did it (Committed::by).
  // The content is gone from every table when this is committed.
  virtual void remove(Actor actor, DeleteMessage remove, Callback<Committed> done) = 0;
  // conflict: the message is a tombstone. too_large: over limits::kReactionEmojisMax kinds.
  virtual void react(Actor actor, SetReaction reaction, Callback<Committed> done) = 0;
  // By a moderator or owner; nobody moderates one whose role is not below theirs, nor themselves.
  // ban ends membership until unban (which does not bring it back: a new invitation does).
  virtual void moderate(Actor actor, Moderate moderate, Callback<Committed> done) = 0;
  // Only moves forward.
  virtual void mark_read(Actor actor, ChatId chat, MessageId last_read,
                         Callback<MarkedRead> done) = 0;
  // Raises "delivered" positions; what a crash loses of them only reads as `sent` again.
  virtual void mark_delivered(std::vector<DeliveredMark> marks) = 0;

  // Direct chats are unique per pair. Each participant's own channel gets notification.new of type
  // "chat.joined" {chat_id, role, by}. not_found (field participant_ids): unknown. too_large.
  virtual void create(Actor actor, CreateChat create, Callback<CreatedChat> done) = 0;
  // By a moderator or owner of a group; only an owner gives a role above member. conflict: direct
  // chats, and one who is in it already; forbidden: one who is banned. Notifies as create() does.
  virtual void add_participant(Actor actor, ChatId chat, UserId user, ParticipantRole role,
                               Callback<Committed> done) = 0;
  // Oneself, or by a moderator or owner someone below them. conflict: direct chats, and the last
  // owner while others remain.
  virtual void remove_participant(Actor actor, ChatId chat, UserId user,
                                  Callback<Committed> done) = 0;
  // By a participant; one open case per reporter and message (the existing one is answered).
  virtual void report(Actor actor, ChatId chat, MessageId message, ReportId id, std::string reason,
                      Callback<ReportId> done) = 0;

  virtual void get(Actor actor, ChatId chat, Callback<ChatRecord> done) = 0;
  virtual void list(Actor actor, std::optional<std::string> cursor, std::uint32_t limit,
                    Callback<ChatList> done) = 0;  // bad_request: not one of our cursors
  // The ids of the user's chats, most recent activity first.
  virtual void followable(UserKey user, std::uint32_t limit,
                          Callback<std::vector<ChatId>> done) = 0;
  // forbidden as in event_log.h.
  virtual void history(Actor actor, HistoryRequest request, Callback<HistoryPage> done) = 0;
  // May this user read the chat? What state and ephemeral events are checked against. forbidden.
  virtual void access(UserKey user, ChatId chat, Callback<Attached> done) = 0;
};

}  // namespace kith
