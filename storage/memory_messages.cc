#include <algorithm>

#include "storage/memory_chats.h"

namespace kith::memory {

namespace {

Error no_such_message() {
  return fail(ErrorCode::not_found, "no such message in this chat", "message_id");
}
Error muted() {
  return fail(ErrorCode::forbidden, "you are muted in this chat");
}
Error gone() {
  return fail(ErrorCode::conflict, "the message is deleted or hidden", "message_id");
}

struct Found {
  Tables::Place place;
  MessageKey key{};
  Message* message = nullptr;
};

enum class Purpose : std::uint8_t { other, speak };  // the muted do not speak

Result<Found> find(Tables& tables, const Actor& actor, const ChatId& chat, const MessageId& id,
                   Purpose purpose = Purpose::other) {
  const auto place = tables.find_place(chat, actor.key);
  if (!place) return no_such_chat();
  if (purpose == Purpose::speak && place->member->muted(actor.now)) return muted();
  const auto key = tables.find_message(place->key, id);
  if (!key) return no_such_message();
  return Found{.place = *place, .key = *key, .message = &tables.message(*key)};
}

LogEntry entry(EventType type, const Actor& actor) {
  LogEntry out;
  out.type = type;
  out.at = actor.now;
  return out;
}

Committed one(DurableEvent event) {
  Committed out;
  out.events.push_back(std::move(event));
  return out;
}

// Who removed a message that is gone: the log tells, until it is trimmed.
UserId remover_of(Tables& tables, const Found& found) {
  const Channel& channel = tables.channel(found.place.key);
  for (auto row = channel.log.rbegin(); row != channel.log.rend(); ++row) {
    if (row->seq <= channel.trimmed) break;
    if (row->type != EventType::message_delete || row->message != found.key) continue;
    if (row->by) return tables.user_id(*row->by);
  }
  return tables.user_id(found.message->sender);
}

bool has_room_for(const Message& message, const std::string& emoji) {
  std::set<std::string_view> kinds{emoji};
  for (const auto& reaction : message.reactions) kinds.insert(reaction.emoji);
  return kinds.size() <= limits::kReactionEmojisMax;
}

LogEntry moderation_entry(const Actor& actor, const Moderate& moderate) {
  LogEntry out = entry(EventType::system_moderation, actor);
  out.by = actor.key;
  out.action = moderate.action;
  out.detail = moderate.reason;
  out.until = moderate.until;
  return out;
}

Result<Committed> moderate_message(Tables& tables, const Actor& actor, const Moderate& moderate) {
  if (!moderate.message) return fail(ErrorCode::bad_request, "needs a message", "message_id");
  auto found = find(tables, actor, moderate.chat, *moderate.message);
  if (!found) return found.error();
  Message& message = *found->message;
  const auto sender = found->place.chat->members.find(message.sender);
  const bool below = sender == found->place.chat->members.end() ||
                     sender->second.standing != Standing::in ||
                     sender->second.role < found->place.member->role;
  if (message.sender != actor.key && !below) {
    return fail(ErrorCode::forbidden, "their role is not below yours");
  }
  if (message.deleted_at) return gone();
  const bool was_hidden = message.hidden_by.has_value();
  if (moderate.action == command::ModerationAction::hide) {
    const bool by_sender = was_hidden && *message.hidden_by == message.sender;
    if (!was_hidden || (by_sender && actor.key != message.sender)) message.hidden_by = actor.key;
    if (was_hidden) return Committed{};
  } else {
    if (!was_hidden) return Committed{};
    if (message.sender == actor.key && *message.hidden_by != actor.key) {
      return fail(ErrorCode::forbidden, "another moderator hid this message");
    }
    message.hidden_by.reset();
  }
  LogEntry row = moderation_entry(actor, moderate);
  row.user = message.sender;
  row.message = found->key;
  return one(tables.append(found->place.key, std::move(row)));
}

// False: it changes nothing.
bool apply(Tables& tables, ChannelKey chat, UserKey user, Member& member,
           const Moderate& moderate) {
  const WallTime until = moderate.until.value_or(kForGood);
  switch (moderate.action) {
    case command::ModerationAction::mute:
      if (member.muted_until == until) return false;
      member.muted_until = until;
      return true;
    case command::ModerationAction::unmute:
      if (!member.muted_until) return false;
      member.muted_until.reset();
      return true;
    case command::ModerationAction::ban:
      if (member.standing == Standing::banned && member.banned_until == until) return false;
      end_membership(tables, chat, user, Standing::banned);
      member.banned_until = until;
      return true;
    case command::ModerationAction::unban:
      if (member.standing != Standing::banned) return false;
      member.standing = Standing::left;
      member.banned_until.reset();
      return true;
    default:
      KITH_ASSERT(false);
      return false;
  }
}

Result<Committed> moderate_user(Tables& tables, const Actor& actor, const Moderate& moderate,
                                const Tables::Place& place) {
  if (!moderate.user) return fail(ErrorCode::bad_request, "needs a user", "user_id");
  const auto user = tables.find_user(*moderate.user);
  if (!user) return fail(ErrorCode::not_found, "no such user", "user_id");
  if (*user == actor.key) return fail(ErrorCode::forbidden, "nobody moderates themselves");
  auto target = place.chat->members.find(*user);
  if (target == place.chat->members.end()) {
    // A ban also keeps out whoever never was in it.
    if (moderate.action != command::ModerationAction::ban) {
      return fail(ErrorCode::not_found, "no such participant", "user_id");
    }
    target = place.chat->members.try_emplace(*user).first;
    target->second.standing = Standing::left;
  }
  Member& member = target->second;
  if (member.standing == Standing::in && member.role >= place.member->role) {
    return fail(ErrorCode::forbidden, "their role is not below yours");
  }
  if (!apply(tables, place.key, *user, member, moderate)) return Committed{};
  LogEntry row = moderation_entry(actor, moderate);
  row.user = *user;
  return one(tables.append(place.key, std::move(row)));
}

}  // namespace

Error no_such_chat() {
  return fail(ErrorCode::not_found, "no such chat, or you are not in it");
}

Result<Committed> edit(Tables& tables, const Actor& actor, const EditMessage& edit) {
  auto found = find(tables, actor, edit.chat, edit.message, Purpose::speak);
  if (!found) return found.error();
  Message& message = *found->message;
  if (message.sender != actor.key) {
    return fail(ErrorCode::forbidden, "only its sender edits a message");
  }
  if (message.gone()) return gone();
  message.content = edit.content.json;
  message.edited_at = actor.now;
  LogEntry row = entry(EventType::message_update, actor);
  row.user = message.sender;
  row.message = found->key;
  return one(tables.append(found->place.key, std::move(row)));
}

Result<Committed> remove(Tables& tables, const Actor& actor, const DeleteMessage& remove) {
  auto found = find(tables, actor, remove.chat, remove.message);
  if (!found) return found.error();
  Message& message = *found->message;
  if (message.sender != actor.key && found->place.member->role == ParticipantRole::member) {
    return fail(ErrorCode::forbidden, "only its sender or a moderator deletes a message");
  }
  if (message.deleted_at) return Committed{.events = {}, .by = remover_of(tables, *found)};
  message.deleted_at = actor.now;
  message.content.clear();
  message.reactions.clear();
  LogEntry row = entry(EventType::message_delete, actor);
  row.user = message.sender;
  row.by = actor.key;
  row.message = found->key;
  Committed out = one(tables.append(found->place.key, std::move(row)));
  out.by = actor.user;
  return out;
}

Result<Committed> react(Tables& tables, const Actor& actor, const SetReaction& reaction) {
  auto found = find(tables, actor, reaction.chat, reaction.message, Purpose::speak);
  if (!found) return found.error();
  Message& message = *found->message;
  if (message.gone()) return gone();
  const auto there = std::find_if(message.reactions.begin(), message.reactions.end(),
                                  [&](const Message::Reaction& other) {
                                    return other.user == actor.key && other.emoji == reaction.emoji;
                                  });
  if ((there != message.reactions.end()) == reaction.add) return Committed{};
  if (reaction.add && !has_room_for(message, reaction.emoji)) {
    return fail(ErrorCode::too_large, "too many different reactions on this message", "emoji");
  }
  if (reaction.add) {
    message.reactions.push_back({actor.key, reaction.emoji});
  } else {
    message.reactions.erase(there);
  }
  LogEntry row = entry(reaction.add ? EventType::reaction_add : EventType::reaction_remove, actor);
  row.user = actor.key;
  row.message = found->key;
  row.detail = reaction.emoji;
  return one(tables.append(found->place.key, std::move(row)));
}

Result<Committed> moderate(Tables& tables, const Actor& actor, const Moderate& moderate) {
  const auto place = tables.find_place(moderate.chat, actor.key);
  if (!place) return no_such_chat();
  if (place->member->role == ParticipantRole::member) {
    return fail(ErrorCode::forbidden, "only moderators and owners moderate");
  }
  const bool about_message = moderate.action == command::ModerationAction::hide ||
                             moderate.action == command::ModerationAction::restore;
  return about_message ? moderate_message(tables, actor, moderate)
                       : moderate_user(tables, actor, moderate, *place);
}

Result<MarkedRead> mark_read(Tables& tables, const Actor& actor, const ChatId& chat,
                             const MessageId& last_read) {
  auto found = find(tables, actor, chat, last_read);
  if (!found) return found.error();
  Member& member = *found->place.member;
  MarkedRead out{.seq = found->message->seq, .participants = found->place.chat->participant_count};
  out.moved = out.seq > member.last_read_seq;
  if (out.moved) member.last_read_seq = out.seq;
  return out;
}

void mark_delivered(Tables& tables, const std::vector<DeliveredMark>& marks) {
  for (const DeliveredMark& mark : marks) {
    const auto chat = tables.find_channel(mark.chat);
    if (!chat) continue;
    const auto member = tables.chats.at(*chat).members.find(mark.user);
    if (member == tables.chats.at(*chat).members.end()) continue;
    member->second.delivered_seq = std::max(member->second.delivered_seq, mark.seq);
  }
}

Result<ReportId> report(Tables& tables, const Actor& actor, const ChatId& chat,
                        const MessageId& message, const ReportId& id) {
  auto found = find(tables, actor, chat, message);
  if (!found) return found.error();
  return tables.open_cases.emplace(std::pair{message, actor.key}, id).first->second;
}

}  // namespace kith::memory
