// Profiles and one's own logins (engine/ports/profiles.h).
#pragma once

#include "engine/ports/profiles.h"
#include "storage/sql_session.h"

namespace kith {

Result<Profile> read_profile(SqlConnection& db, const Actor& reader, const UserId& user);
// With user.updated on the user's own channel, for their other devices: it names what has changed
// and holds none of it, since a log keeps what a profile has lost.
Result<Committed> update_profile(WriteContext& context, const Actor& actor,
                                 const UpdateProfile& update);

std::vector<LoginRecord> list_logins(SqlConnection& db, UserKey user);
Result<Committed> end_own_login(WriteContext& context, const Actor& actor,
                                const AuthSessionId& login);

// What recommendations are made for.
struct Tastes {
  std::string city;
  std::vector<std::string> interests;
};
Tastes read_tastes(SqlConnection& db, UserKey user);
// As they are looked for: folded. One with a NUL in it, which no text of Postgres holds, is left
// out.
std::vector<std::string> interest_keys(const std::vector<std::string>& interests);
// By which others who like the same find the user; in step with user_profiles.interests.
void index_interests(SqlConnection& db, UserKey user, const std::vector<std::string>& interests);

}  // namespace kith
