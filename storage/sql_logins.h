// Logins and their families of refresh tokens, over SQL (engine/ports/accounts.h).
//
// A refresh token is stored as its hash and used once; the row of a used one stays until it
// expires, so that its second use is known for what it is: somebody has a copy. Then the whole
// login ends: of two refreshes with the same token one wins, the other ends the login. No second
// use is the same request again (engine/ports/refresh_retry.h), known by the token that it asks
// for.
#pragma once

#include <optional>

#include "engine/ports/accounts.h"
#include "storage/sql_session.h"

namespace kith {

// not_found: no such user.
Status create_session(WriteContext& context, const NewSession& session);

struct RefreshRotation {
  TokenHash used{};
  TokenHash next{};
  WallTime now{};
  WallTime next_expires{};
};
// A refusal that has to be committed is a value (sql_session.h): `revoked` holds the events of the
// login that ended, `refreshed` nothing.
struct RotationOutcome {
  std::optional<Refreshed> refreshed;
  Committed revoked;
};
// unauthorized: unknown, expired, of a revoked login.
Result<RotationOutcome> rotate_refresh(WriteContext& context, const RefreshRotation& rotation);
Error refresh_refused();  // what a caller is told, whatever the reason

// Every login of the user that stands, each with its event; audited each.
Committed end_all_logins(WriteContext& context, const UserRef& user, WallTime now);

// not_found: another user's login.
Result<Committed> revoke_session(WriteContext& context, UserKey user, const AuthSessionId& session,
                                 WallTime now);

Result<AuthenticatedUser> authenticate(SqlConnection& db, const UserId& user,
                                       const AuthSessionId& session);

}  // namespace kith
