#include "storage/sql_moderation.h"

#include "protocol/json_writer.h"
#include "storage/sql_audit.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_club_access.h"
#include "storage/sql_club_entry.h"
#include "storage/sql_club_members.h"

namespace kith {
namespace {

using Action = command::ModerationAction;

// A moderator at work.
struct ModerationDesk {
  WriteContext& context;
  std::optional<UserRef> by;  // nothing: nobody's word but the server's
  WallTime now{};
  const Moderate& request;
  ChannelRef chat;
  std::optional<ParticipantRole> role;  // theirs in the chat; nothing: in the server's name

  bool outranks(ParticipantRole other) const { return !role || other < *role; }
  bool is(const UserRef& user) const { return by && by->key == user.key; }
};

// Whom it is about stands in it also where a message is meant: an erasure looks for that.
void audit(const ModerationDesk& desk, const UserRef& target) {
  const auto& request = desk.request;
  std::string detail;
  JsonWriter json(detail);
  json.begin_object().field("chat_id", request.chat);
  if (request.message) json.field("message_id", *request.message);
  json.field("user_id", target.id);
  if (!request.reason.empty()) json.field("reason", request.reason);
  if (request.until) json.field("until", *request.until);
  json.end_object();
  std::string action = "moderation.";
  action += to_string(request.action);
  append_audit(desk.context.db, {.at = desk.now,
                                 .action = std::move(action),
                                 .user = desk.by ? std::optional(desk.by->key) : std::nullopt,
                                 .detail = std::move(detail)});
}

Committed announce(const ModerationDesk& desk, const UserRef& target,
                   std::optional<MessageRef> message) {
  audit(desk, target);
  Committed out;
  out.events.push_back(append_log(desk.context, desk.chat,
                                  {.type = EventType::system_moderation,
                                   .at = desk.now,
                                   .user = target,
                                   .by = desk.by,
                                   .message = message,
                                   .action = desk.request.action,
                                   .reason = desk.request.reason,
                                   .until = desk.request.until}));
  return out;
}

// By whose word this desk hides a message of this sender.
HiddenBy hider(const ModerationDesk& desk, const UserRef& sender) {
  if (!desk.role) return HiddenBy::server;
  return desk.is(sender) ? HiddenBy::sender : HiddenBy::moderator;
}

// The word that is heavier: whom it takes to show the message again.
constexpr int weight_of(HiddenBy by) {
  switch (by) {
    case HiddenBy::no:
      return 0;
    case HiddenBy::sender:
      return 1;
    case HiddenBy::moderator:
      return 2;
    case HiddenBy::server:
      return 3;
  }
  return 0;
}

// Senders show again what they hid themselves, and nobody in the chat what the server hid.
std::optional<Error> refuse_restore(const ModerationDesk& desk, const StoredMessage& stored) {
  if (!desk.role) return std::nullopt;
  if (stored.hidden == HiddenBy::server) {
    return fail(ErrorCode::forbidden, "the server's moderators hid this message");
  }
  if (stored.hidden == HiddenBy::moderator && desk.is(stored.sender)) {
    return fail(ErrorCode::forbidden, "another moderator hid this message");
  }
  return std::nullopt;
}

void set_hidden(const ModerationDesk& desk, const StoredMessage& stored, HiddenBy by) {
  desk.context.db.execute("UPDATE chat_messages SET moderation_status = $1 WHERE position = $2",
                          static_cast<int>(by), stored.ref.position);
}

Result<Committed> moderate_message(const ModerationDesk& desk) {
  if (!desk.request.message) {
    return fail(ErrorCode::bad_request, "message_id is missing", "message_id");
  }
  const auto stored = require_message(desk.context.db, desk.chat.key, *desk.request.message);
  if (!stored) return stored.error();
  if (!desk.is(stored->sender) && !desk.outranks(stored->sender_role)) return not_below_you();
  if (stored->deleted) return fail(ErrorCode::conflict, "the message is gone", "message_id");
  const bool was_hidden = stored->hidden != HiddenBy::no;
  if (desk.request.action == Action::restore) {
    if (!was_hidden) return Committed{};
    if (auto refused = refuse_restore(desk, *stored)) return *std::move(refused);
    set_hidden(desk, *stored, HiddenBy::no);
    return announce(desk, stored->sender, stored->ref);
  }
  const HiddenBy by = hider(desk, stored->sender);
  if (weight_of(by) <= weight_of(stored->hidden)) return Committed{};
  set_hidden(desk, *stored, by);
  if (was_hidden) {  // nobody sees a difference, but whoever wants it back
    audit(desk, stored->sender);
    return Committed{};
  }
  return announce(desk, stored->sender, stored->ref);
}

// A mute while a block stands in the direct chat: it shows when the block ends.
Committed mute_beneath(const ModerationDesk& desk, const UserRef& target, WallTime until) {
  desk.context.db.execute(
      "UPDATE chat_participants SET mute_under_block = $1 WHERE chat_id = $2 AND user_id = $3",
      until, desk.chat.key, target.key);
  audit(desk, target);
  return {};
}

Committed mute(const ModerationDesk& desk, const UserRef& target, const ParticipantRow& row) {
  const WallTime until = desk.request.until.value_or(kForGood);
  if (row.mute_under_block) {
    return *row.mute_under_block == until ? Committed{} : mute_beneath(desk, target, until);
  }
  if (row.muted_until == until) return {};
  desk.context.db.execute(
      "UPDATE chat_participants SET muted_until = $1 WHERE chat_id = $2 AND user_id = $3", until,
      desk.chat.key, target.key);
  return announce(desk, target, std::nullopt);
}

Committed unmute(const ModerationDesk& desk, const UserRef& target, const ParticipantRow& row) {
  if (row.mute_under_block) {
    constexpr WallTime kNotMuted{};
    return *row.mute_under_block == kNotMuted ? Committed{} : mute_beneath(desk, target, kNotMuted);
  }
  if (!row.muted_until) return {};
  desk.context.db.execute(
      "UPDATE chat_participants SET muted_until = NULL WHERE chat_id = $1 AND user_id = $2",
      desk.chat.key, target.key);
  return announce(desk, target, std::nullopt);
}

Committed ban(const ModerationDesk& desk, const UserRef& target,
              const std::optional<ParticipantRow>& row) {
  const ChannelKey chat = desk.chat.key;
  const WallTime until = desk.request.until.value_or(kForGood);
  if (row && row->status == ParticipantStatus::banned && row->banned_until == until) return {};
  desk.context.db.execute(
      "INSERT INTO chat_participants(chat_id, user_id, role, status, banned_until, joined_at) "
      "VALUES($1, $2, 0, 2, $3, $4) ON CONFLICT(chat_id, user_id) DO UPDATE SET "
      "role = excluded.role, status = excluded.status, banned_until = excluded.banned_until",
      chat, target.key, until, desk.now);
  if (row && row->status == ParticipantStatus::in) {
    desk.context.db.execute(
        "UPDATE chat_chats SET participant_count = participant_count - 1 WHERE id = $1", chat);
  }
  return announce(desk, target, std::nullopt);
}

Committed unban(const ModerationDesk& desk, const UserRef& target, const ParticipantRow& row) {
  if (row.status != ParticipantStatus::banned) return {};
  desk.context.db.execute(
      "UPDATE chat_participants SET status = 1, banned_until = NULL "
      "WHERE chat_id = $1 AND user_id = $2",
      desk.chat.key, target.key);
  return announce(desk, target, std::nullopt);
}

Result<Committed> moderate_user(const ModerationDesk& desk) {
  const auto& request = desk.request;
  if (!request.user) return fail(ErrorCode::bad_request, "user_id is missing", "user_id");
  const auto target = find_live_user(desk.context.db, *request.user);
  if (!target) return fail(ErrorCode::not_found, "no such user", "user_id");
  if (desk.is(*target)) return fail(ErrorCode::forbidden, "nobody moderates themselves");
  const auto row = find_participant(desk.context.db, desk.chat.key, target->key);
  if (!row && request.action != Action::ban) {
    return fail(ErrorCode::not_found, "no such user in this chat", "user_id");
  }
  if (row && !desk.outranks(row->role)) return not_below_you();

  desk.context.rights_changed(desk.chat.key);
  switch (request.action) {
    case Action::mute:
      return mute(desk, *target, *row);
    case Action::unmute:
      return unmute(desk, *target, *row);
    case Action::ban:
      return ban(desk, *target, row);
    case Action::unban:
      return unban(desk, *target, *row);
    case Action::hide:
    case Action::restore:
      break;
  }
  return fail(ErrorCode::internal, "not about a user");
}

Result<Committed> act_on(const ModerationDesk& desk) {
  switch (desk.request.action) {
    case Action::hide:
    case Action::restore:
      return moderate_message(desk);
    case Action::mute:
    case Action::unmute:
    case Action::ban:
    case Action::unban:
      return moderate_user(desk);
  }
  return fail(ErrorCode::bad_request, "no such action", "action");
}

// Who is in a club's chat is in the club: the ban is the club's.
Result<Committed> ban_from_club(WriteContext& context, const Actor& by, const ClubId& club,
                                const Moderate& request) {
  context.hold(club);
  const auto standing = find_club(context.db, club, by.key);
  if (!standing) return standing.error();
  const auto user = request.user ? find_live_user(context.db, *request.user) : std::nullopt;
  if (!user) return fail(ErrorCode::not_found, "no such user", "user_id");
  const Membership membership = find_membership(context.db, standing->club.key, user->key);
  if (membership.approved() && membership.role == ClubRole::owner) {
    return fail(ErrorCode::conflict, "the club is theirs: it must be given to another first");
  }
  Committed out;
  out.events = exit_club(context, by,
                         {.standing = *standing,
                          .user = *user,
                          .membership = membership,
                          .status = ClubStatus::banned,
                          .reason = request.reason,
                          .until = request.until});
  audit_club(context, by, "club.ban", {.club = club, .user = user->id, .detail = request.reason});
  return out;
}

}  // namespace

Result<Committed> moderate(WriteContext& context, const Actor& actor, const Moderate& request) {
  if (request.action == Action::ban || request.action == Action::unban) {
    if (const auto club = club_of_chat(context.db, request.chat)) {
      return moderate_through_chat(context, actor, *club, request);
    }
  }
  context.hold(request.chat);
  const auto standing = require_moderator(context.db, request.chat, actor.key);
  if (!standing) return standing.error();
  return act_on({.context = context,
                 .by = reference(actor),
                 .now = actor.now,
                 .request = request,
                 .chat = standing->channel,
                 .role = standing->role});
}

Result<Committed> moderate_for_server(WriteContext& context, const std::optional<UserRef>& by,
                                      WallTime now, const Moderate& request) {
  if (request.action == Action::ban && by) {
    if (const auto club = club_of_chat(context.db, request.chat)) {
      return ban_from_club(context, {.user = by->id, .key = by->key, .now = now}, *club, request);
    }
  }
  context.hold(request.chat);
  const auto chat = context.channel_key(request.chat);
  if (!chat) return fail(ErrorCode::not_found, "no such chat");
  return act_on({.context = context,
                 .by = by,
                 .now = now,
                 .request = request,
                 .chat = {.key = *chat, .id = request.chat},
                 .role = std::nullopt});
}

}  // namespace kith
