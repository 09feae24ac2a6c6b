// Profiles and one's own logins (engine/ports/profiles.h).
#pragma once

#include "engine/ports/profiles.h"
#include "storage/sql_session.h"

namespace kith {

Result<Profile> read_profile(SqlConnection& db, const Actor& reader, const UserId& user);
Status update_profile(WriteContext& context, const Actor& actor, const UpdateProfile& update);

std::vector<LoginRecord> list_logins(SqlConnection& db, UserKey user);
Result<Committed> end_own_login(WriteContext& context, const Actor& actor,
                                const AuthSessionId& login);

// What recommendations are made for.
struct Tastes {
  std::string city;
  std::vector<std::string> interests;
};
Tastes read_tastes(SqlConnection& db, UserKey user);

}  // namespace kith
