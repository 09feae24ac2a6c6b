// create_chat of sql_membership.h.
#include <algorithm>
#include <unordered_set>

#include "storage/sql_blocks.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_chat_list.h"
#include "storage/sql_idempotency.h"
#include "storage/sql_membership.h"

namespace kith {
namespace {

// Everybody but the actor, each once, in the order given.
Result<std::vector<UserRef>> resolve_others(SqlConnection& db, const Actor& actor,
                                            const CreateChat& create) {
  std::vector<UserId> ids;
  std::unordered_set<UserId, IdHash> seen{actor.user};
  for (const auto& user : create.participants) {
    if (seen.insert(user).second) ids.push_back(user);
  }
  if (create.type == ChatType::direct && ids.size() != 1) {
    return fail(ErrorCode::bad_request, "a direct chat has exactly one other participant",
                "participant_ids");
  }
  if (ids.size() > limits::kInitialParticipantsMax) {
    return fail(ErrorCode::too_large, "too many participants to start with", "participant_ids");
  }
  std::vector<UserRef> out;
  out.reserve(ids.size());
  for (const auto& id : ids) {
    const auto user = find_live_user(db, id);
    // Whom a block lies between, nobody is told.
    if (!user || is_blocked_between(db, actor.key, user->key)) {
      return fail(ErrorCode::not_found, "no such user", "participant_ids");
    }
    out.push_back(*user);
  }
  return out;
}

std::string direct_key_of(UserKey one, UserKey other) {
  const auto [lower, higher] = std::minmax(one, other);
  return std::to_string(static_cast<std::int64_t>(lower)) + ":" +
         std::to_string(static_cast<std::int64_t>(higher));
}

std::optional<ChatId> find_direct_chat(SqlConnection& db, const std::string& direct_key) {
  auto row = db.query(
      "SELECT c.public_id FROM chat_chats h JOIN channels c ON c.id = h.id "
      "WHERE h.direct_key = $1",
      direct_key);
  if (!row.next()) return std::nullopt;
  return ChatId{row.uuid(0)};
}

// The chat as its creator sees it, with the number that this transaction has come to.
Result<CreatedChat> answer(WriteContext& context, const Actor& actor, const ChatId& chat) {
  auto record = read_chat(context.db, actor.key, chat);
  if (!record) return record.error();
  const auto key = context.channel_key(chat);
  if (key) record->head = context.head(*key);
  return CreatedChat{.chat = std::move(*record), .created = false, .events = {}};
}

void insert_chat(SqlConnection& db, ChannelKey key, const CreateChat& create,
                 const std::optional<std::string>& direct_key, const Actor& actor) {
  db.execute(
      "INSERT INTO chat_chats(id, type, name, direct_key, participant_count, created_at) "
      "VALUES($1, $2, $3, $4, 0, $5)",
      key, static_cast<int>(create.type), create.name, direct_key, actor.now);
}

std::vector<Arrival> arrivals_of(const ChannelRef& chat, const Actor& actor, ChatType type,
                                 const std::vector<UserRef>& others) {
  std::vector<Arrival> out;
  out.reserve(others.size() + 1);
  out.push_back(
      {.chat = chat,
       .user = reference(actor),
       .role = type == ChatType::direct ? ParticipantRole::member : ParticipantRole::owner});
  for (const auto& user : others) out.push_back({.chat = chat, .user = user});
  return out;
}

void insert_participants(SqlConnection& db, const Actor& actor,
                         const std::vector<Arrival>& arrivals) {
  for (const auto& arrival : arrivals) {
    db.execute(
        "INSERT INTO chat_participants(chat_id, user_id, role, joined_at) VALUES($1, $2, $3, $4)",
        arrival.chat.key, arrival.user.key, static_cast<int>(arrival.role), actor.now);
  }
  db.execute("UPDATE chat_chats SET participant_count = $1 WHERE id = $2",
             static_cast<std::int64_t>(arrivals.size()), arrivals.front().chat.key);
}

std::vector<DurableEvent> announce(WriteContext& context, const Actor& actor,
                                   const std::vector<Arrival>& arrivals) {
  std::vector<ChannelKey> channels{arrivals.front().chat.key};
  for (const auto& arrival : arrivals) channels.push_back(own_channel(arrival.user).key);
  touch_channels(context, std::move(channels));
  std::vector<DurableEvent> events;
  events.reserve(arrivals.size() * 2);
  for (const auto& arrival : arrivals) events.push_back(log_join(context, actor, arrival));
  for (const auto& arrival : arrivals) events.push_back(notify_joined(context, actor, arrival));
  return events;
}

}  // namespace

Result<CreatedChat> create_chat(WriteContext& context, const Actor& actor,
                                const CreateChat& create) {
  SqlConnection& db = context.db;
  if (create.idempotency) {
    const auto made = find_idempotent(db, actor, *create.idempotency);
    if (!made) return made.error();
    const auto chat = *made ? ChatId::parse(**made) : std::nullopt;
    if (chat) return answer(context, actor, *chat);
  }
  const auto others = resolve_others(db, actor, create);
  if (!others) return others.error();

  std::optional<std::string> direct_key;
  if (create.type == ChatType::direct) {
    direct_key = direct_key_of(actor.key, others->front().key);
    const auto existing = find_direct_chat(db, *direct_key);
    if (existing) {
      if (create.idempotency) keep_idempotent(db, actor, *create.idempotency, existing->text());
      return answer(context, actor, *existing);
    }
  }
  const ChannelRef chat{.key = context.insert_channel(create.id), .id = create.id};
  insert_chat(db, chat.key, create, direct_key, actor);
  const auto arrivals = arrivals_of(chat, actor, create.type, *others);
  insert_participants(db, actor, arrivals);
  context.rights_changed(chat.key);
  if (create.idempotency) keep_idempotent(db, actor, *create.idempotency, create.id.text());

  auto events = announce(context, actor, arrivals);
  auto out = answer(context, actor, create.id);
  if (!out) return out;
  out->created = true;
  out->events = std::move(events);
  return out;
}

}  // namespace kith
