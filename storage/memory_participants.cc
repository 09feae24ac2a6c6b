#include <algorithm>

#include "storage/memory_chats.h"

namespace kith::memory {

namespace {

bool last_owner(const Chat& chat, UserKey user) {
  return std::none_of(chat.members.begin(), chat.members.end(), [&](const auto& entry) {
    return entry.first != user && entry.second.standing == Standing::in &&
           entry.second.role == ParticipantRole::owner;
  });
}

}  // namespace

Result<Committed> add_participant(Tables& tables, const Actor& actor, const ChatId& chat,
                                  const UserId& user_id, ParticipantRole role) {
  const auto place = tables.find_place(chat, actor.key);
  if (!place) return no_such_chat();
  if (place->chat->type == ChatType::direct) {
    return fail(ErrorCode::conflict, "a direct chat is between two");
  }
  const ParticipantRole own = place->member->role;
  if (own == ParticipantRole::member ||
      (role != ParticipantRole::member && own != ParticipantRole::owner)) {
    return fail(ErrorCode::forbidden, "your role does not allow this");
  }
  const auto user = tables.find_user(user_id);
  if (!user) return fail(ErrorCode::not_found, "no such user", "user_id");
  const auto before = place->chat->members.find(*user);
  if (before != place->chat->members.end()) {
    if (before->second.standing == Standing::in) {
      return fail(ErrorCode::conflict, "is in this chat already", "user_id");
    }
    if (before->second.standing == Standing::banned && before->second.banned_until > actor.now) {
      return fail(ErrorCode::forbidden, "is banned from this chat", "user_id");
    }
  }
  Committed out;
  out.events.push_back(join(tables, place->key, *user, role, actor));
  out.events.push_back(notify_joined(tables, place->key, *user, role, actor));
  return out;
}

Result<Committed> remove_participant(Tables& tables, const Actor& actor, const ChatId& chat,
                                     const UserId& user_id) {
  const auto place = tables.find_place(chat, actor.key);
  if (!place) return no_such_chat();
  if (place->chat->type == ChatType::direct) {
    return fail(ErrorCode::conflict, "a direct chat is between two");
  }
  const auto user = tables.find_user(user_id);
  const bool self = user == actor.key;
  if (!self && place->member->role == ParticipantRole::member) {
    return fail(ErrorCode::forbidden, "only moderators and owners remove others");
  }
  const auto target = user ? tables.find_place(chat, *user) : std::nullopt;
  if (!target) return fail(ErrorCode::not_found, "no such participant", "user_id");
  if (!self && target->member->role >= place->member->role) {
    return fail(ErrorCode::forbidden, "their role is not below yours");
  }
  if (target->member->role == ParticipantRole::owner && place->chat->participant_count > 1 &&
      last_owner(*place->chat, *user)) {
    return fail(ErrorCode::conflict, "the last owner cannot leave the others");
  }
  end_membership(tables, place->key, *user, Standing::left);
  LogEntry row;
  row.type = EventType::participant_leave;
  row.at = actor.now;
  row.user = *user;
  row.by = actor.key;
  Committed out;
  out.events.push_back(tables.append(place->key, std::move(row)));
  return out;
}

}  // namespace kith::memory
