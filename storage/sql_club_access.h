// Who stands where in a club: what every operation on one asks first. All of it reads the
// connection's present snapshot or transaction; errors as engine/ports/clubs.h has them.
#pragma once

#include <optional>

#include "engine/ports/clubs.h"
#include "storage/sql_connection.h"
#include "storage/sql_session.h"

namespace kith {

struct Membership {
  std::int64_t key = 0;  // club_memberships.id; 0: no row
  ClubStatus status = ClubStatus::gone;
  ClubRole role = ClubRole::member;  // member where they are not approved
  std::optional<WallTime> banned_until{};

  bool approved() const { return status == ClubStatus::approved; }
  bool banned(WallTime now) const {
    return status == ClubStatus::banned && banned_until && *banned_until > now;
  }
};
Membership find_membership(SqlConnection& db, ChannelKey club, UserKey user);
bool is_club_member(SqlConnection& db, ChannelKey club, UserKey user);

// A user's place in a club.
struct ClubStanding {
  ChannelRef club;
  ChannelRef chat;
  ClubPrivacy privacy = ClubPrivacy::open;
  Membership membership;

  bool sees_content() const { return privacy == ClubPrivacy::open || membership.approved(); }
  bool has_role(ClubRole least) const { return membership.approved() && membership.role >= least; }
};
// not_found: no such club.
Result<ClubStanding> find_club(SqlConnection& db, const ClubId& club, UserKey user);
// not_found: or its content is not theirs to see.
Result<ClubStanding> require_club_content(SqlConnection& db, const ClubId& club, UserKey user);
// forbidden: they see it, but are not in it with at least this role.
Result<ClubStanding> require_club_role(SqlConnection& db, const ClubId& club, UserKey user,
                                       ClubRole least);

// The club that owns the chat; nothing where it is no club's.
std::optional<ClubId> club_of_chat(SqlConnection& db, const ChatId& chat);

// What a role in a club is in its chat.
ParticipantRole chat_role_of(ClubRole role);

}  // namespace kith
