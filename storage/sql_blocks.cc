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

// Before anything about the block is read: both of them may change theirs at once, and what stands
// then is decided by whoever comes second.
std::optional<ChannelRef> hold_direct_chat(WriteContext& context, UserKey one, UserKey other) {
  const auto chat = find_direct_chat(context.db, one, other);
  if (chat) context.hold(chat->id);
  return chat;
}

// A mute as it stands now is told, or that there is none; of a block, that it is one. By whom it is
// not: both would be named.
DurableEvent tell_mute(WriteContext& context, const ChannelRef& chat, const UserRef& user,
                       WallTime now) {
  const auto row = find_participant(context.db, chat.key, user.key);
  const bool muted = row && row->muted_until && *row->muted_until > now;
  LogRow event{.type = EventType::system_moderation, .at = now, .user = user};
  event.action = muted ? command::ModerationAction::mute : command::ModerationAction::unmute;
  if (muted && *row->muted_until != kForGood) event.until = row->muted_until;
  if (muted && row->mute_under_block) event.reason = kBlockReason;
  return append_log(context, chat, std::move(event));
}

std::vector<DurableEvent> tell_mutes(WriteContext& context, const Actor& actor,
                                     const UserRef& other, const ChannelRef& chat) {
  context.rights_changed(chat.key);
  std::vector<DurableEvent> events;
  for (const UserRef& user : {reference(actor), other}) {
    events.push_back(tell_mute(context, chat, user, actor.now));
  }
  return events;
}

// In their direct chat both are muted while a block stands. A moderator's mute lies beneath it,
// and stands again behind it.
void mute_both(SqlConnection& db, ChannelKey chat) {
  db.execute(
      "UPDATE chat_participants SET mute_under_block = coalesce(muted_until, 0), muted_until = $1 "
      "WHERE chat_id = $2 AND mute_under_block IS NULL",
      kForGood, chat);
}

void unmute_both(SqlConnection& db, ChannelKey chat) {
  db.execute(
      "UPDATE chat_participants SET mute_under_block = NULL, "
      "muted_until = CASE WHEN mute_under_block > 0 THEN mute_under_block END "
      "WHERE chat_id = $1 AND mute_under_block IS NOT NULL",
      chat);
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
  const auto chat = hold_direct_chat(context, actor.key, other->key);
  const bool stood = is_blocked_between(db, actor.key, other->key);
  db.execute(
      "INSERT INTO user_blocks(blocker_id, blocked_id, created_at) "
      "VALUES($1, $2, $3) "
      "ON CONFLICT(blocker_id, blocked_id) DO NOTHING",
      actor.key, other->key, actor.now);
  Committed out;
  if (chat && !stood) {
    mute_both(db, chat->key);
    out.events = tell_mutes(context, actor, *other, *chat);
  }
  return out;
}

Result<Committed> unblock_user(WriteContext& context, const Actor& actor, const UserId& user) {
  SqlConnection& db = context.db;
  context.hold(actor.user);
  const auto other = find_live_user(db, user);
  if (!other) return fail(ErrorCode::not_found, "no such user");
  const auto chat = hold_direct_chat(context, actor.key, other->key);
  const std::int64_t ended = db.execute(
      "DELETE FROM user_blocks WHERE blocker_id = $1 AND blocked_id = $2", actor.key, other->key);
  Committed out;
  if (chat && ended > 0 && !is_blocked_between(db, actor.key, other->key)) {
    unmute_both(db, chat->key);
    out.events = tell_mutes(context, actor, *other, *chat);
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
