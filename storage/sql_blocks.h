// Blocks between users (engine/ports/profiles.h).
#pragma once

#include "engine/ports/profiles.h"
#include "storage/sql_session.h"

namespace kith {

// No block lies between the two. (Numbers of parameters stand in the order of their first use:
// SQLite counts them so.)
#define KITH_NO_BLOCK(reader, user)                                            \
  "NOT EXISTS (SELECT 1 FROM user_blocks b WHERE b.blocker_id = " reader       \
  " AND b.blocked_id = " user                                                  \
  ") AND NOT EXISTS (SELECT 1 FROM user_blocks b WHERE b.blocked_id = " reader \
  " AND b.blocker_id = " user ") "

// Does one of them block the other?
bool is_blocked_between(SqlConnection& db, UserKey one, UserKey other);

Result<Committed> block_user(WriteContext& context, const Actor& actor, const UserId& user);
Result<Committed> unblock_user(WriteContext& context, const Actor& actor, const UserId& user);
std::vector<Blocked> list_blocked(SqlConnection& db, UserKey user);

}  // namespace kith
