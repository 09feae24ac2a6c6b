#include "storage/sql_membership.h"
#include "storage/sql_notices.h"

#include <algorithm>

#include "protocol/json_writer.h"
#include "storage/sql_audit.h"
#include "storage/sql_blocks.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_club_access.h"
#include "storage/sql_club_members.h"

namespace kith {
namespace {

struct MembershipChange {
  ChatId chat;
  UserId user;
  std::optional<ParticipantRole> role;
};
void audit(SqlConnection& db, const Actor& actor, std::string action,
           const MembershipChange& change) {
  std::string detail;
  JsonWriter json(detail);
  json.begin_object().field("chat_id", change.chat).field("user_id", change.user);
  if (change.role) json.key("role").string(to_string(*change.role));
  json.end_object();
  append_audit(db, {.at = actor.now,
                    .action = std::move(action),
                    .user = actor.key,
                    .detail = std::move(detail)});
}

bool is_last_owner(SqlConnection& db, ChannelKey chat, ParticipantRole role) {
  if (role != ParticipantRole::owner) return false;
  auto row = db.query(
      "SELECT COUNT(*) FROM chat_participants WHERE chat_id = $1 AND status = 0 AND role = $2",
      chat, static_cast<int>(ParticipantRole::owner));
  return row.next() && row.integer(0) <= 1;
}

Error follows_answers() {
  return fail(ErrorCode::conflict, "who comes to the event is in its chat, and nobody else");
}

// May this one come in? Nothing: yes.
std::optional<Error> refuse_arrival(SqlConnection& db, const Actor& actor, ChannelKey chat,
                                    const UserRef& user) {
  const auto row = find_participant(db, chat, user.key);
  if (!row) return std::nullopt;
  if (row->status == ParticipantStatus::in) {
    return fail(ErrorCode::conflict, "this user is in the chat already", "user_id");
  }
  if (row->banned(actor.now)) {
    return fail(ErrorCode::forbidden, "this user is banned from the chat", "user_id");
  }
  return std::nullopt;
}

}  // namespace

void touch_channels(WriteContext& context, std::vector<ChannelKey> channels) {
  std::sort(channels.begin(), channels.end());
  for (const ChannelKey channel : channels) context.head(channel);
}

DurableEvent log_join(WriteContext& context, const Actor& actor, const Arrival& arrival) {
  return append_log(context, arrival.chat,
                    {.type = EventType::participant_join,
                     .at = actor.now,
                     .user = arrival.user,
                     .by = reference(actor),
                     .role = arrival.role});
}

DurableEvent notify_joined(WriteContext& context, const Actor& actor, const Arrival& arrival) {
  std::string payload;
  JsonWriter(payload)
      .begin_object()
      .field("chat_id", arrival.chat.id)
      .field("role", to_string(arrival.role))
      .field("by", actor.user)
      .end_object();
  return notify(context, {.user = arrival.user,
                          .type = "chat.joined",
                          .payload = std::move(payload),
                          .at = actor.now,
                          .by = actor.key});
}

Result<Committed> add_participant(WriteContext& context, const Actor& actor,
                                  const AddParticipant& add) {
  SqlConnection& db = context.db;
  if (const auto club = club_of_chat(db, add.chat)) {
    return add_through_chat(context, actor, *club, add.user, add.role);
  }
  context.hold(add.chat);
  const auto standing = require_participant(db, add.chat, actor.key);
  if (!standing) return standing.error();
  if (standing->type == ChatType::direct) {
    return fail(ErrorCode::conflict, "a direct chat stays between its two");
  }
  if (standing->type == ChatType::event) return follows_answers();
  if (!standing->moderates() ||
      (add.role > ParticipantRole::member && standing->role != ParticipantRole::owner)) {
    return fail(ErrorCode::forbidden, "your role in the chat does not allow this");
  }
  const auto user = find_live_user(db, add.user);
  if (!user || is_blocked_between(db, actor.key, user->key)) {
    return fail(ErrorCode::not_found, "no such user", "user_id");
  }
  const ChannelKey chat = standing->channel.key;
  if (auto refused = refuse_arrival(db, actor, chat, *user)) return std::move(*refused);

  db.execute(
      "INSERT INTO chat_participants(chat_id, user_id, role, status, joined_at) "
      "VALUES($1, $2, $3, 0, $4) ON CONFLICT(chat_id, user_id) DO UPDATE SET "
      "role = excluded.role, status = 0, banned_until = NULL, joined_at = excluded.joined_at",
      chat, user->key, static_cast<int>(add.role), actor.now);
  db.execute("UPDATE chat_chats SET participant_count = participant_count + 1 WHERE id = $1", chat);
  context.rights_changed(chat);
  const Arrival arrival{.chat = standing->channel, .user = *user, .role = add.role};
  touch_channels(context, {chat, own_channel(*user).key});
  audit(db, actor, "participant.add", {.chat = add.chat, .user = add.user, .role = add.role});
  Committed out;
  out.events.push_back(log_join(context, actor, arrival));
  out.events.push_back(notify_joined(context, actor, arrival));
  return out;
}

Result<Committed> remove_participant(WriteContext& context, const Actor& actor, const ChatId& chat,
                                     const UserId& user) {
  SqlConnection& db = context.db;
  if (const auto club = club_of_chat(db, chat)) {
    return remove_through_chat(context, actor, *club, user);
  }
  context.hold(chat);
  const auto standing = require_participant(db, chat, actor.key);
  if (!standing) return standing.error();
  if (standing->type == ChatType::direct) {
    return fail(ErrorCode::conflict, "nobody leaves a direct chat");
  }
  if (standing->type == ChatType::event) return follows_answers();
  const ChannelKey key = standing->channel.key;
  const bool oneself = user == actor.user;
  UserRef target = reference(actor);
  ParticipantRole role = standing->role;
  if (!oneself) {
    if (!standing->moderates()) {
      return fail(ErrorCode::forbidden, "only moderators and owners may remove others");
    }
    const auto found = context.user_key(user);
    const auto row = found ? find_participant(db, key, *found) : std::nullopt;
    if (!row || row->status != ParticipantStatus::in) {
      return fail(ErrorCode::not_found, "no such user in this chat", "user_id");
    }
    target = {.key = *found, .id = user};
    role = row->role;
    if (role >= standing->role) return not_below_you();
  }
  if (standing->participants > 1 && is_last_owner(db, key, role)) {
    return fail(ErrorCode::conflict, "the last owner cannot go while others remain");
  }

  db.execute(
      "UPDATE chat_participants SET status = 1, role = 0 WHERE chat_id = $1 AND user_id = $2", key,
      target.key);
  db.execute("UPDATE chat_chats SET participant_count = participant_count - 1 WHERE id = $1", key);
  context.rights_changed(key);
  if (!oneself) audit(db, actor, "participant.remove", {.chat = chat, .user = user, .role = {}});
  Committed out;
  out.events.push_back(append_log(context, standing->channel,
                                  {.type = EventType::participant_leave,
                                   .at = actor.now,
                                   .user = target,
                                   .by = reference(actor)}));
  return out;
}

}  // namespace kith
