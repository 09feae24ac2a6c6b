// The steps of an erasure that empty chats of what a user said and thought of it.
#include "protocol/json_writer.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_chat_messages.h"
#include "storage/sql_erasure_steps.h"
#include "storage/sql_membership.h"
#include "storage/sql_notices.h"

namespace kith {
namespace {

// Of one transaction: looked at, and taken away.
constexpr std::uint32_t kMessagesAtOnce = 1'000;
constexpr std::size_t kTombstonesAtOnce = 100;
constexpr int kReactionsAtOnce = 100;

struct ChatPlace {
  ChannelRef chat;
  ChatType type = ChatType::group;
  ParticipantRole role = ParticipantRole::member;
  bool in = false;
};
std::optional<ChatPlace> next_chat(SqlConnection& db, UserKey user) {
  auto row = db.query(
      "SELECT p.chat_id, c.public_id, h.type, p.role, p.status FROM chat_participants p "
      "JOIN channels c ON c.id = p.chat_id JOIN chat_chats h ON h.id = p.chat_id "
      "WHERE p.user_id = $1 ORDER BY p.chat_id LIMIT 1",
      user);
  if (!row.next()) return std::nullopt;
  return ChatPlace{.chat = {.key = ChannelKey{row.integer(0)}, .id = ChatId{row.uuid(1)}},
                   .type = static_cast<ChatType>(row.integer(2)),
                   .role = static_cast<ParticipantRole>(row.integer(3)),
                   .in = static_cast<ParticipantStatus>(row.integer(4)) == ParticipantStatus::in};
}

// Who owns the chat from now on: nobody where another does, or nobody is left. Moderators first,
// then the longest there.
std::optional<UserRef> next_owner(SqlConnection& db, const ChatPlace& place, UserKey leaving) {
  if (place.type == ChatType::direct || place.role != ParticipantRole::owner) return std::nullopt;
  auto row = db.query(
      "SELECT p.user_id, c.public_id, p.role FROM chat_participants p "
      "JOIN channels c ON c.id = p.user_id JOIN users u ON u.id = p.user_id "
      "WHERE p.chat_id = $1 AND p.status = 0 AND p.user_id <> $2 AND u.deleted_at IS NULL "
      "ORDER BY p.role DESC, p.joined_at, p.user_id LIMIT 1",
      place.chat.key, leaving);
  if (!row.next()) return std::nullopt;
  if (static_cast<ParticipantRole>(row.integer(2)) == ParticipantRole::owner) return std::nullopt;
  return UserRef{.key = UserKey{row.integer(0)}, .id = UserId{row.uuid(1)}};
}

void make_owner(ErasureJob& job, const ChatPlace& place, const UserRef& user) {
  job.context.db.execute(
      "UPDATE chat_participants SET role = $1 WHERE chat_id = $2 AND user_id = $3",
      static_cast<int>(ParticipantRole::owner), place.chat.key, user.key);
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().field("chat_id", place.chat.id);
  json.field("role", to_string(ParticipantRole::owner)).end_object();
  job.events.push_back(notify(job.context, {.user = user,
                                            .type = "chat.role_changed",
                                            .payload = std::move(payload),
                                            .at = job.actor.now}));
}

void leave_chat(ErasureJob& job, const ChatPlace& place) {
  WriteContext& context = job.context;
  if (const auto owner = next_owner(context.db, place, job.actor.key)) {
    touch_channels(context, {place.chat.key, own_channel(*owner).key});
    make_owner(job, place, *owner);
  }
  context.db.execute(
      "UPDATE chat_participants SET status = 1, role = 0 WHERE chat_id = $1 AND user_id = $2",
      place.chat.key, job.actor.key);
  context.db.execute(
      "UPDATE chat_chats SET participant_count = participant_count - 1 WHERE id = $1",
      place.chat.key);
  context.rights_changed(place.chat.key);
  job.events.push_back(append_log(context, place.chat,
                                  {.type = EventType::participant_leave,
                                   .at = job.actor.now,
                                   .user = reference(job.actor),
                                   .by = reference(job.actor)}));
}

struct FoundMessages {
  std::vector<MessageRef> messages;  // the user's that still say something
  Seq to = 0;                        // as far as the chat was looked through
  bool last = false;
};
// Messages have no index by their sender: the chat is gone through.
FoundMessages find_messages(SqlConnection& db, ChannelKey chat, UserKey sender, Seq after) {
  FoundMessages out{.messages = {}, .to = after};
  auto rows = db.query(
      "SELECT seq, position, id, sender_id, deleted_at FROM chat_messages "
      "WHERE chat_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
      chat, after, kMessagesAtOnce);
  std::uint32_t looked_at = 0;
  while (out.messages.size() < kTombstonesAtOnce && rows.next()) {
    ++looked_at;
    out.to = static_cast<Seq>(rows.integer(0));
    if (UserKey{rows.integer(3)} != sender || !rows.is_null(4)) continue;
    out.messages.push_back(
        {.position = static_cast<Position>(rows.integer(1)), .id = MessageId{rows.uuid(2)}});
  }
  out.last = looked_at < kMessagesAtOnce && out.messages.size() < kTombstonesAtOnce;
  return out;
}

struct OwnReaction {
  std::int64_t key = 0;
  MessageRef message;
  std::string emoji;
};
std::vector<OwnReaction> reactions_in(SqlConnection& db, UserKey user, ChannelKey chat) {
  std::vector<OwnReaction> out;
  auto rows = db.query(
      "SELECT r.id, m.position, m.id, r.emoji FROM message_reactions r "
      "JOIN chat_messages m ON m.position = r.message_id "
      "WHERE r.user_id = $1 AND m.chat_id = $2 ORDER BY r.message_id LIMIT $3",
      user, chat, kReactionsAtOnce);
  while (rows.next()) {
    out.push_back({.key = rows.integer(0),
                   .message = {.position = static_cast<Position>(rows.integer(1)),
                               .id = MessageId{rows.uuid(2)}},
                   .emoji = std::string(rows.text(3))});
  }
  return out;
}

}  // namespace

bool leave_chats(ErasureJob& job) {
  SqlConnection& db = job.context.db;
  auto place = next_chat(db, job.actor.key);
  if (!place) return true;
  job.context.hold(place->chat.id);
  place = next_chat(db, job.actor.key);  // as it stands now that nobody else changes it
  if (!place) return true;
  if (place->in) leave_chat(job, *place);
  const ChannelKey chat = place->chat.key;
  const auto found = find_messages(db, chat, job.actor.key, static_cast<Seq>(job.position));
  for (const MessageRef& message : found.messages) {
    take_message_away(job.context, message, job.actor.now);
    job.events.push_back(append_log(job.context, place->chat,
                                    {.type = EventType::message_delete,
                                     .at = job.actor.now,
                                     .user = reference(job.actor),
                                     .by = reference(job.actor),
                                     .message = message}));
  }
  job.position = static_cast<std::int64_t>(found.to);
  if (!found.last) return false;
  // With it goes how far they had read.
  db.execute("DELETE FROM chat_participants WHERE chat_id = $1 AND user_id = $2", chat,
             job.actor.key);
  job.position = 0;
  return false;
}

bool take_reactions_away(ErasureJob& job) {
  SqlConnection& db = job.context.db;
  std::optional<ChannelRef> chat;
  {
    auto row = db.query(
        "SELECT m.chat_id, c.public_id FROM message_reactions r "
        "JOIN chat_messages m ON m.position = r.message_id JOIN channels c ON c.id = m.chat_id "
        "WHERE r.user_id = $1 ORDER BY r.message_id LIMIT 1",
        job.actor.key);
    if (row.next()) chat = {.key = ChannelKey{row.integer(0)}, .id = ChatId{row.uuid(1)}};
  }
  if (!chat) return true;
  job.context.hold(chat->id);
  for (const OwnReaction& reaction : reactions_in(db, job.actor.key, chat->key)) {
    if (db.execute("DELETE FROM message_reactions WHERE id = $1", reaction.key) == 0) continue;
    job.events.push_back(append_log(job.context, *chat,
                                    {.type = EventType::reaction_remove,
                                     .at = job.actor.now,
                                     .user = reference(job.actor),
                                     .message = reaction.message,
                                     .emoji = reaction.emoji}));
  }
  return false;
}

}  // namespace kith
