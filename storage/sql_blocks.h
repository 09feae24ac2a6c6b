// Blocks between users (engine/ports/profiles.h).
#pragma once

#include "engine/ports/profiles.h"
#include "storage/sql_session.h"

namespace kith {

// Does one of them block the other?
bool is_blocked_between(SqlConnection& db, UserKey one, UserKey other);

Result<Committed> block_user(WriteContext& context, const Actor& actor, const UserId& user);
Result<Committed> unblock_user(WriteContext& context, const Actor& actor, const UserId& user);
std::vector<Blocked> list_blocked(SqlConnection& db, UserKey user);

}  // namespace kith
