// The part of sql_club_members.h that is asked for in the club's chat: membership there is
// membership of the club, so it is the club that decides, and both are told.
#include "storage/sql_blocks.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_club_entry.h"
#include "storage/sql_club_members.h"

namespace kith {
namespace {

// Who is in the chat sees it and may be refused; to others there is no such chat.
Result<ClubStanding> require_in_chat(WriteContext& context, const Actor& actor,
                                     const ClubId& club) {
  context.hold(club);
  auto standing = find_club(context.db, club, actor.key);
  if (standing && !standing->membership.approved()) {
    return fail(ErrorCode::not_found, "no such chat");
  }
  return standing;
}

Result<Committed> committed(Result<MembershipChange> change) {
  if (!change) return change.error();
  return Committed{.events = std::move(change->events)};
}

Result<ClubRole> club_role_of(ParticipantRole role) {
  switch (role) {
    case ParticipantRole::member:
      return ClubRole::member;
    case ParticipantRole::moderator:
      return ClubRole::moderator;
    case ParticipantRole::owner:
      break;
  }
  return fail(ErrorCode::conflict, "a club has one owner: give the club away instead");
}

}  // namespace

Result<Committed> add_through_chat(WriteContext& context, const Actor& actor, const ClubId& club,
                                   const UserId& user, ParticipantRole role) {
  const auto standing = require_in_chat(context, actor, club);
  if (!standing) return standing.error();
  const ClubRole least = role > ParticipantRole::member ? ClubRole::organizer : ClubRole::moderator;
  if (!standing->has_role(least)) {
    return fail(ErrorCode::forbidden, "your role in the chat does not allow this");
  }
  const auto club_role = club_role_of(role);
  if (!club_role) return club_role.error();
  const auto newcomer = find_live_user(context.db, user);
  if (!newcomer || is_blocked_between(context.db, actor.key, newcomer->key)) {
    return fail(ErrorCode::not_found, "no such user", "user_id");
  }
  const Membership membership = find_membership(context.db, standing->club.key, newcomer->key);
  if (membership.approved()) {
    return fail(ErrorCode::conflict, "this user is in the chat already", "user_id");
  }
  if (membership.banned(actor.now)) {
    return fail(ErrorCode::forbidden, "this user is banned from the chat", "user_id");
  }
  Committed out;
  out.events =
      enter_club(context, actor, {.standing = *standing, .user = *newcomer, .role = *club_role});
  audit_club(context, actor, "club.add", {.club = club, .user = user});
  return out;
}

Result<Committed> remove_through_chat(WriteContext& context, const Actor& actor, const ClubId& club,
                                      const UserId& user) {
  const auto standing = require_in_chat(context, actor, club);
  if (!standing) return standing.error();
  if (user == actor.user) return committed(leave_club(context, actor, club));
  return committed(change_member(
      context, actor,
      {.club = club, .user = user, .action = ChangeMember::Action::remove, .reason = {}}));
}

Result<Committed> moderate_through_chat(WriteContext& context, const Actor& actor,
                                        const ClubId& club, const Moderate& request) {
  const auto standing = require_in_chat(context, actor, club);
  if (!standing) return standing.error();
  if (!request.user) return fail(ErrorCode::bad_request, "user_id is missing", "user_id");
  const bool ban = request.action == command::ModerationAction::ban;
  return committed(
      change_member(context, actor,
                    {.club = club,
                     .user = *request.user,
                     .action = ban ? ChangeMember::Action::ban : ChangeMember::Action::unban,
                     .reason = request.reason,
                     .until = request.until}));
}

}  // namespace kith
