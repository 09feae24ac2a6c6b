// Users, over SQL (engine/ports/accounts.h). Writes are write jobs (sql_session.h).
#pragma once

#include <string>

#include "engine/ports/accounts.h"
#include "storage/sql_session.h"

namespace kith {

// What emails are compared by: ASCII letters folded, the rest byte by byte.
std::string email_key_of(std::string_view email);

// conflict (field email): taken.
Result<UserRecord> create_user(WriteContext& context, const NewUser& user);
Result<Credentials> find_credentials(SqlConnection& db, const std::string& email);

// One write that changes nothing, to learn whether the store can commit.
Status probe_commit(WriteContext& context);

// The columns of a UserRecord, for queries that join them as u (users), c (channels) and
// f (user_profiles); read_user_columns() reads them where they stand first.
#define KITH_USER_COLUMNS                                                     \
  "u.id, c.public_id, u.email, u.display_name, u.bio, u.city, u.avatar_url, " \
  "COALESCE(f.interests, '[]'), u.role, u.created_at, u.last_active_at, u.email_verified_at"
inline constexpr int kUserColumns = 12;
UserRecord read_user_columns(const SqlCursor& row);

}  // namespace kith
