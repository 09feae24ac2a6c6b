// Coming into a club and going from it, with all that follows: the chat, the events on every
// channel concerned, and the counts. Who may do it was asked before.
#pragma once

#include <string>
#include <vector>

#include "storage/sql_club_access.h"
#include "storage/sql_session.h"

namespace kith {

struct ClubEntry {
  const ClubStanding& standing;  // of whoever does it; names club and chat
  UserRef user;
  ClubRole role = ClubRole::member;
};
// club.member in the club, participant.join in its chat; on the user's own channel notification.new
// of types club.joined and chat.joined.
std::vector<DurableEvent> enter_club(WriteContext& context, const Actor& actor,
                                     const ClubEntry& entry);

struct ClubExit {
  const ClubStanding& standing;
  UserRef user;
  Membership membership;                 // as it stood
  ClubStatus status = ClubStatus::gone;  // gone or banned
  std::string reason{};                  // of a ban
  std::optional<WallTime> until{};       // of a ban
};
// club.leave in the club, participant.leave or the ban in its chat, event.leave in events that are
// the club's alone, from which answers are withdrawn first (rsvp.updated, participant.leave in the
// event's chat). Of one who was not in it: the row alone, and of a ban the chat's event.
std::vector<DurableEvent> exit_club(WriteContext& context, const Actor& actor,
                                    const ClubExit& exit);

// club.member with the new role; their role in the chat follows.
std::vector<DurableEvent> change_club_role(WriteContext& context, const Actor& actor,
                                           const ClubEntry& entry);

struct ClubAudit {
  ClubId club;
  std::optional<UserId> user{};
  std::string_view detail{};  // a role or a reason
};
void audit_club(WriteContext& context, const Actor& actor, std::string action,
                const ClubAudit& entry);

}  // namespace kith
