#include "storage/memory_chats.h"

#include <algorithm>
#include <set>

#include "protocol/json_writer.h"

namespace kith::memory {

namespace {

using std::chrono_literals::operator""h;

constexpr auto kIdempotencyLifetime = 24h;

// The actor first, then the others as named, each once.
Result<std::vector<UserKey>> participants_of(const Tables& tables, const Actor& actor,
                                             const CreateChat& create) {
  std::vector<UserId> ids;
  std::set<UserId> seen{actor.user};
  for (const UserId& id : create.participants) {
    if (seen.insert(id).second) ids.push_back(id);
  }
  if (create.type == ChatType::direct && ids.size() != 1) {
    return fail(ErrorCode::bad_request, "a direct chat is between two", "participant_ids");
  }
  if (ids.size() > limits::kInitialParticipantsMax) {
    return fail(ErrorCode::too_large, "too many participants to begin with", "participant_ids");
  }
  std::vector<UserKey> out{actor.key};
  for (const UserId& id : ids) {
    const auto key = tables.find_user(id);
    if (!key) return fail(ErrorCode::not_found, "no such user", "participant_ids");
    out.push_back(*key);
  }
  return out;
}

std::optional<std::pair<UserKey, UserKey>> direct_pair(const CreateChat& create,
                                                       const std::vector<UserKey>& users) {
  if (create.type != ChatType::direct) return std::nullopt;
  return std::minmax(users.front(), users.back());
}

// not_found where the actor has left it since.
Result<CreatedChat> existing(Tables& tables, const ChatId& chat, const Actor& actor) {
  auto record = get(tables, actor, chat);
  if (!record) return record.error();
  return CreatedChat{.chat = std::move(*record), .created = false, .events = {}};
}

ChannelKey add_chat(Tables& tables, const Actor& actor, const CreateChat& create) {
  const ChannelKey key = tables.add_channel(create.id);
  Chat& chat = tables.chats[key];
  chat.type = create.type;
  chat.name = create.name;
  chat.created_at = actor.now;
  return key;
}

}  // namespace

DurableEvent join(Tables& tables, ChannelKey chat_key, UserKey user, ParticipantRole role,
                  const Actor& by) {
  Chat& chat = tables.chats.at(chat_key);
  Member& member = chat.members[user];
  member.role = role;
  member.standing = Standing::in;
  member.banned_until.reset();
  ++chat.participant_count;
  tables.chats_of_user[user].insert(chat_key);
  LogEntry row;
  row.type = EventType::participant_join;
  row.at = by.now;
  row.user = user;
  row.by = by.key;
  row.role = role;
  return tables.append(chat_key, std::move(row));
}

DurableEvent notify_joined(Tables& tables, ChannelKey chat, UserKey user, ParticipantRole role,
                           const Actor& by) {
  LogEntry row;
  row.type = EventType::notification_new;
  row.at = by.now;
  row.user = user;
  JsonWriter json(row.detail);
  json.begin_object()
      .field("id", NotificationId{tables.new_uuid(by.now)})
      .field("type", "chat.joined")
      .key("payload")
      .begin_object()
      .field("chat_id", tables.channel(chat).id)
      .field("role", to_string(role))
      .field("by", by.user)
      .end_object()
      .field("created_at", by.now);
  if (user == by.key) json.field("silent", true);
  json.end_object();
  return tables.append(own_channel(user), std::move(row));
}

void end_membership(Tables& tables, ChannelKey chat_key, UserKey user, Standing standing) {
  Chat& chat = tables.chats.at(chat_key);
  Member& member = chat.members.at(user);
  if (member.standing == Standing::in) --chat.participant_count;
  member.standing = standing;
  member.role = ParticipantRole::member;
  tables.chats_of_user[user].erase(chat_key);
}

Result<CreatedChat> create(Tables& tables, const Actor& actor, const CreateChat& create) {
  std::tuple<UserKey, std::string, std::string> idempotency_key;
  if (create.idempotency) {
    idempotency_key = {actor.key, create.idempotency->path, create.idempotency->key};
    const auto before = tables.idempotency_keys.find(idempotency_key);
    if (before != tables.idempotency_keys.end() &&
        actor.now - before->second.created_at < kIdempotencyLifetime) {
      if (before->second.request_digest != create.idempotency->request_digest) {
        return fail(ErrorCode::conflict, "this Idempotency-Key was used for another request");
      }
      return existing(tables, before->second.chat, actor);
    }
  }
  auto users = participants_of(tables, actor, create);
  if (!users) return users.error();
  const auto pair = direct_pair(create, *users);
  const auto direct = pair ? tables.direct_chats.find(*pair) : tables.direct_chats.end();
  const bool created = direct == tables.direct_chats.end();
  const ChannelKey key = created ? add_chat(tables, actor, create) : direct->second;
  if (pair) tables.direct_chats.emplace(*pair, key);
  if (create.idempotency) {
    tables.idempotency_keys[idempotency_key] = {create.idempotency->request_digest,
                                                tables.channel(key).id.chat(), actor.now};
  }
  if (!created) return existing(tables, tables.channel(key).id.chat(), actor);

  CreatedChat out;
  const auto role_of = [&](UserKey user) {
    return user == actor.key && !pair ? ParticipantRole::owner : ParticipantRole::member;
  };
  for (const UserKey user : *users) {
    out.events.push_back(join(tables, key, user, role_of(user), actor));
  }
  for (const UserKey user : *users) {
    out.events.push_back(notify_joined(tables, key, user, role_of(user), actor));
  }
  out.chat = record_of(tables, key, actor.key);
  return out;
}

}  // namespace kith::memory
