#include "storage/sql_club_members.h"

#include <array>

#include "protocol/json_writer.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_club_entry.h"
#include "storage/sql_membership.h"
#include "storage/sql_notices.h"

namespace kith {
namespace {

using Action = ChangeMember::Action;

// Of them, so many are told that somebody has asked to join.
constexpr std::uint32_t kOrganizersToldMax = 20;

struct Desk {
  WriteContext& context;
  const Actor& actor;
  const ChangeMember& change;
  const ClubStanding& standing;
  UserRef user;
  Membership membership;  // of the user
};

std::vector<UserRef> organizers_of(SqlConnection& db, ChannelKey club) {
  std::vector<UserRef> out;
  auto rows = db.query(
      "SELECT m.user_id, c.public_id FROM club_memberships m JOIN channels c ON c.id = m.user_id "
      "WHERE m.club_id = $1 AND m.role >= $2 AND m.role > 0 AND m.status = 0 "
      "ORDER BY m.user_id LIMIT $3",
      club, static_cast<int>(ClubRole::organizer), kOrganizersToldMax);
  while (rows.next()) out.push_back({.key = UserKey{rows.integer(0)}, .id = UserId{rows.uuid(1)}});
  return out;
}

std::vector<DurableEvent> ask_to_join(WriteContext& context, const Actor& actor,
                                      const ClubStanding& standing, const std::string& message) {
  const auto organizers = organizers_of(context.db, standing.club.key);
  std::vector<ChannelKey> keys;
  for (const UserRef& organizer : organizers) keys.push_back(own_channel(organizer).key);
  touch_channels(context, std::move(keys));
  context.db.execute(
      "INSERT INTO club_memberships(club_id, user_id, status, joined_at, message) "
      "VALUES($1, $2, $3, $4, $5) ON CONFLICT(club_id, user_id) DO UPDATE SET "
      "role = 0, status = excluded.status, banned_until = NULL, joined_at = excluded.joined_at, "
      "message = excluded.message",
      standing.club.key, actor.key, static_cast<int>(ClubStatus::pending), actor.now, message);
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().field("club_id", standing.club.id).field("user_id", actor.user);
  json.field("message", message).end_object();
  std::vector<DurableEvent> events;
  for (const UserRef& organizer : organizers) {
    events.push_back(notify(context, {.user = organizer,
                                      .type = "club.join_requested",
                                      .payload = payload,
                                      .at = actor.now,
                                      .by = actor.key}));
  }
  return events;
}

void set_status(SqlConnection& db, const Membership& membership, ClubStatus status) {
  db.execute(
      "UPDATE club_memberships SET status = $1, role = 0, banned_until = NULL, message = '' "
      "WHERE id = $2",
      static_cast<int>(status), membership.key);
}

void audit(const Desk& desk, std::string_view detail = {}) {
  constexpr std::array<const char*, 6> kNames = {"club.approve", "club.reject", "club.ban",
                                                 "club.unban",   "club.remove", "club.role"};
  audit_club(desk.context, desk.actor, kNames[static_cast<std::size_t>(desk.change.action)],
             {.club = desk.change.club, .user = desk.change.user, .detail = detail});
}

Result<MembershipChange> approve(const Desk& desk) {
  const ClubRole role = desk.membership.role;
  if (desk.membership.approved()) return MembershipChange{ClubStatus::approved, role, {}};
  if (desk.membership.banned(desk.actor.now)) {
    return fail(ErrorCode::conflict, "this user is banned from the club", "user_id");
  }
  if (desk.membership.status != ClubStatus::pending) {
    return fail(ErrorCode::not_found, "this user has not asked to join", "user_id");
  }
  MembershipChange out{.status = ClubStatus::approved,
                       .events = enter_club(desk.context, desk.actor,
                                            {.standing = desk.standing, .user = desk.user})};
  audit(desk);
  return out;
}

Result<MembershipChange> reject(const Desk& desk) {
  if (desk.membership.status != ClubStatus::pending) {
    return fail(ErrorCode::not_found, "this user has not asked to join", "user_id");
  }
  touch_channels(desk.context, {own_channel(desk.user).key});
  set_status(desk.context.db, desk.membership, ClubStatus::gone);
  std::string payload;
  JsonWriter(payload).begin_object().field("club_id", desk.change.club).end_object();
  MembershipChange out;
  out.events.push_back(notify(desk.context, {.user = desk.user,
                                             .type = "club.rejected",
                                             .payload = std::move(payload),
                                             .at = desk.actor.now,
                                             .by = desk.actor.key}));
  audit(desk);
  return out;
}

Result<MembershipChange> ban(const Desk& desk) {
  const WallTime until = desk.change.until.value_or(kForGood);
  const bool banned = desk.membership.status == ClubStatus::banned;
  if (banned && desk.membership.banned_until == until) {
    return MembershipChange{.status = ClubStatus::banned, .events = {}};
  }
  MembershipChange out{.status = ClubStatus::banned,
                       .events = exit_club(desk.context, desk.actor,
                                           {.standing = desk.standing,
                                            .user = desk.user,
                                            .membership = desk.membership,
                                            .status = ClubStatus::banned,
                                            .reason = desk.change.reason,
                                            .until = desk.change.until})};
  audit(desk, desk.change.reason);
  return out;
}

Result<MembershipChange> unban(const Desk& desk) {
  if (desk.membership.status != ClubStatus::banned) {
    return MembershipChange{desk.membership.status, desk.membership.role, {}};
  }
  WriteContext& context = desk.context;
  const ChannelRef& chat = desk.standing.chat;
  touch_channels(context, {chat.key});
  set_status(context.db, desk.membership, ClubStatus::gone);
  context.db.execute(
      "UPDATE chat_participants SET status = $1, banned_until = NULL "
      "WHERE chat_id = $2 AND user_id = $3 AND status = $4",
      static_cast<int>(ParticipantStatus::gone), chat.key, desk.user.key,
      static_cast<int>(ParticipantStatus::banned));
  context.rights_changed(chat.key);
  MembershipChange out;
  out.events.push_back(append_log(context, chat,
                                  {.type = EventType::system_moderation,
                                   .at = desk.actor.now,
                                   .user = desk.user,
                                   .by = reference(desk.actor),
                                   .action = command::ModerationAction::unban,
                                   .reason = desk.change.reason}));
  audit(desk);
  return out;
}

Result<MembershipChange> remove(const Desk& desk) {
  if (!desk.membership.approved()) {
    return fail(ErrorCode::not_found, "this user is not in the club", "user_id");
  }
  MembershipChange out;
  out.events =
      exit_club(desk.context, desk.actor,
                {.standing = desk.standing, .user = desk.user, .membership = desk.membership});
  audit(desk);
  return out;
}

// The owner gives the club away: one owner at any time, and the former one organizes on.
void hand_over(const Desk& desk, std::vector<DurableEvent>& events) {
  desk.context.db.execute("UPDATE clubs SET owner_id = $1 WHERE id = $2", desk.user.key,
                          desk.standing.club.key);
  auto former = change_club_role(
      desk.context, desk.actor,
      {.standing = desk.standing, .user = reference(desk.actor), .role = ClubRole::organizer});
  for (DurableEvent& event : former) events.push_back(std::move(event));
}

Result<MembershipChange> give_role(const Desk& desk) {
  if (!desk.membership.approved()) {
    return fail(ErrorCode::not_found, "this user is not in the club", "user_id");
  }
  const ClubRole own = desk.standing.membership.role;
  const bool gives_away = desk.change.role == ClubRole::owner;
  if (desk.change.role >= own && !(gives_away && own == ClubRole::owner)) {
    return fail(ErrorCode::forbidden, "this role is not below yours", "role");
  }
  MembershipChange out{.status = ClubStatus::approved, .role = desk.change.role, .events = {}};
  if (desk.membership.role == desk.change.role) return out;
  out.events =
      change_club_role(desk.context, desk.actor,
                       {.standing = desk.standing, .user = desk.user, .role = desk.change.role});
  if (gives_away) hand_over(desk, out.events);
  audit(desk, to_string(desk.change.role));
  return out;
}

ClubRole needed_for(Action action) {
  const bool keeps_order =
      action == Action::ban || action == Action::unban || action == Action::remove;
  return keeps_order ? ClubRole::moderator : ClubRole::organizer;
}

Result<MembershipChange> act(const Desk& desk) {
  switch (desk.change.action) {
    case Action::approve:
      return approve(desk);
    case Action::reject:
      return reject(desk);
    case Action::ban:
      return ban(desk);
    case Action::unban:
      return unban(desk);
    case Action::remove:
      return remove(desk);
    case Action::role:
      return give_role(desk);
  }
  return fail(ErrorCode::bad_request, "no such action", "action");
}

}  // namespace

Result<MembershipChange> join_club(WriteContext& context, const Actor& actor, const ClubId& club,
                                   const std::string& message) {
  context.hold(club);
  const auto standing = find_club(context.db, club, actor.key);
  if (!standing) return standing.error();
  const Membership& membership = standing->membership;
  if (membership.banned(actor.now)) {
    return fail(ErrorCode::forbidden, "you are banned from this club");
  }
  // Who asked while the club was private comes in once it is public.
  const bool closed = standing->privacy == ClubPrivacy::closed;
  if (membership.approved() || (closed && membership.status == ClubStatus::pending)) {
    return MembershipChange{membership.status, membership.role, {}};
  }
  if (closed) {
    return MembershipChange{.status = ClubStatus::pending,
                            .events = ask_to_join(context, actor, *standing, message)};
  }
  return MembershipChange{
      .status = ClubStatus::approved,
      .events = enter_club(context, actor, {.standing = *standing, .user = reference(actor)})};
}

Result<MembershipChange> leave_club(WriteContext& context, const Actor& actor, const ClubId& club) {
  context.hold(club);
  const auto standing = find_club(context.db, club, actor.key);
  if (!standing) return standing.error();
  const Membership& membership = standing->membership;
  if (membership.status == ClubStatus::pending) {
    set_status(context.db, membership, ClubStatus::gone);
    return MembershipChange{};
  }
  if (!membership.approved())
    return fail(ErrorCode::not_found, "no such club, or you are not in it");
  if (membership.role == ClubRole::owner) {
    return fail(ErrorCode::conflict, "give the club to another owner first");
  }
  MembershipChange out;
  out.events = exit_club(
      context, actor, {.standing = *standing, .user = reference(actor), .membership = membership});
  return out;
}

Result<MembershipChange> change_member(WriteContext& context, const Actor& actor,
                                       const ChangeMember& change) {
  context.hold(change.club);
  const auto standing =
      require_club_role(context.db, change.club, actor.key, needed_for(change.action));
  if (!standing) return standing.error();
  const auto user = find_live_user(context.db, change.user);
  if (!user) return fail(ErrorCode::not_found, "no such user", "user_id");
  if (user->key == actor.key) {
    return fail(ErrorCode::forbidden, "nobody decides about themselves");
  }
  const Membership membership = find_membership(context.db, standing->club.key, user->key);
  if (membership.approved() && membership.role >= standing->membership.role) {
    return not_below_you();
  }
  return act({.context = context,
              .actor = actor,
              .change = change,
              .standing = *standing,
              .user = *user,
              .membership = membership});
}

}  // namespace kith
