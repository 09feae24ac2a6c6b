#include "storage/sql_blocks.h"

#include <algorithm>

#include "storage/sql_chat_access.h"

namespace kith {
namespace {

constexpr int kListedMax = 1'000;

std::optional<ChannelRef> find_direct_chat(SqlConnection& db, UserKey one, UserKey other) {
  const auto [lower, higher] = std::minmax(one, other);
  const std::string pair = std::to_string(static_cast<std::int64_t>(lower)) + ":" +
                           std::to_string(static_cast<std::int64_t>(higher));
  auto row = db.query(
      "SELECT h.id, c.public_id FROM chat_chats h JOIN "
      "channels c ON c.id = h.id "
      "WHERE h.direct_key = $1",
      pair);
  if (!row.next()) return std::nullopt;
  return ChannelRef{.key = ChannelKey{row.integer(0)}, .id = ChatId{row.uuid(1)}};
}

// In their direct chat both are muted while a block stands, and told so as of
// any mute: who said it is not, since both would be named.
std::vector<DurableEvent> mute_both(WriteContext& context, const Actor& actor, const UserRef& other,
                                    command::ModerationAction action) {
  std::vector<DurableEvent> events;
  const auto chat = find_direct_chat(context.db, actor.key, other.key);
  if (!chat) return events;
  context.hold(chat->id);
  const bool mutes = action == command::ModerationAction::mute;
  context.db.execute("UPDATE chat_participants SET muted_until = $1 WHERE chat_id = $2",
                     mutes ? std::optional(kForGood) : std::nullopt, chat->key);
  context.rights_changed(chat->key);
  for (const UserRef& user : {reference(actor), other}) {
    events.push_back(append_log(
        context, *chat,
        {.type = EventType::system_moderation, .at = actor.now, .user = user, .action = action}));
  }
  return events;
}

}  // namespace

bool is_blocked_between(SqlConnection& db, UserKey one, UserKey other) {
  auto row = db.query(
      "SELECT 1 FROM user_blocks WHERE blocker_id = $1 AND blocked_id = $2 "
      "UNION ALL SELECT 1 FROM user_blocks WHERE blocker_id = $2 AND "
      "blocked_id = $1",
      one, other);
  return row.next();
}

Result<Committed> block_user(WriteContext& context, const Actor& actor, const UserId& user) {
  SqlConnection& db = context.db;
  if (user == actor.user) {
    return fail(ErrorCode::bad_request, "nobody blocks themselves", "user_id");
  }
  context.hold(actor.user);
  const auto other = find_live_user(db, user);
  if (!other) return fail(ErrorCode::not_found, "no such user");
  const bool stood = is_blocked_between(db, actor.key, other->key);
  db.execute(
      "INSERT INTO user_blocks(blocker_id, blocked_id, created_at) "
      "VALUES($1, $2, $3) "
      "ON CONFLICT(blocker_id, blocked_id) DO NOTHING",
      actor.key, other->key, actor.now);
  Committed out;
  if (!stood) out.events = mute_both(context, actor, *other, command::ModerationAction::mute);
  return out;
}

Result<Committed> unblock_user(WriteContext& context, const Actor& actor, const UserId& user) {
  SqlConnection& db = context.db;
  context.hold(actor.user);
  const auto other = find_live_user(db, user);
  if (!other) return fail(ErrorCode::not_found, "no such user");
  const std::int64_t ended = db.execute(
      "DELETE FROM user_blocks WHERE blocker_id = $1 AND blocked_id = $2", actor.key, other->key);
  Committed out;
  if (ended > 0 && !is_blocked_between(db, actor.key, other->key)) {
    out.events = mute_both(context, actor, *other, command::ModerationAction::unmute);
  }
  return out;
}

std::vector<Blocked> list_blocked(SqlConnection& db, UserKey user) {
  std::vector<Blocked> out;
  auto rows = db.query(
      "SELECT c.public_id, u.display_name, b.created_at FROM user_blocks b "
      "JOIN users u ON u.id = b.blocked_id JOIN channels c ON c.id = "
      "b.blocked_id "
      "WHERE b.blocker_id = $1 ORDER BY b.created_at DESC, b.blocked_id LIMIT "
      "$2",
      user, kListedMax);
  while (rows.next()) {
    out.push_back({.user = UserId{rows.uuid(0)},
                   .display_name = std::string(rows.text(1)),
                   .since = rows.time(2)});
  }
  return out;
}

}  // namespace kith
