// Who has which role on the server (SystemRole), over SQL; Moderation::set_role has the semantics.
#pragma once

#include "engine/ports/moderation.h"
#include "storage/sql_session.h"

namespace kith {

Result<ChangedRole> set_role(WriteContext& context, const Actor& actor, const UserId& user,
                             SystemRole role);

// Moderators and admins. Fresh, also within a transaction.
bool keeps_order(SqlConnection& db, UserKey user);
// Those with the lowest keys, in the order of their keys.
std::vector<UserRef> keepers_of_order(SqlConnection& db, std::uint32_t limit);

}  // namespace kith
