// Membership of clubs, as Clubs::join, leave, change_member and members have it
// (engine/ports/clubs.h), and the same seen from the club's chat (engine/ports/chats.h).
#pragma once

#include <string>

#include "engine/ports/clubs.h"
#include "storage/sql_session.h"

namespace kith {

Result<MembershipChange> join_club(WriteContext& context, const Actor& actor, const ClubId& club,
                                   const std::string& message);
Result<MembershipChange> leave_club(WriteContext& context, const Actor& actor, const ClubId& club);
Result<MembershipChange> change_member(WriteContext& context, const Actor& actor,
                                       const ChangeMember& change);
Result<ClubMembers> list_members(SqlConnection& db, const Actor& actor,
                                 const ClubMembersQuery& query);
std::vector<ClubId> list_followable_clubs(SqlConnection& db, UserKey user, std::uint32_t limit);

// --- asked for in the club's chat ---

// By moderators of the club: an approval, also of one who has not asked. Roles as in the chat.
Result<Committed> add_through_chat(WriteContext& context, const Actor& actor, const ClubId& club,
                                   const UserId& user, ParticipantRole role);
Result<Committed> remove_through_chat(WriteContext& context, const Actor& actor, const ClubId& club,
                                      const UserId& user);
// Bans and their ends.
Result<Committed> moderate_through_chat(WriteContext& context, const Actor& actor,
                                        const ClubId& club, const Moderate& request);

}  // namespace kith
