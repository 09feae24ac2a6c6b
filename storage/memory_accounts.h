// Accounts' operations on the memory store's tables; their contracts stand in
// engine/ports/accounts.h. There is no audit log here: no port reads one.
#pragma once

#include "storage/memory_tables.h"

namespace kith::memory {

Result<UserRecord> create_user(Tables& tables, const NewUser& user);
Result<Credentials> find_credentials(Tables& tables, const std::string& email);
Result<UserRecord> find_user(Tables& tables, const UserId& id);
Result<Nothing> create_session(Tables& tables, const NewSession& session);

struct Rotation {
  TokenHash used{};
  TokenHash next{};
  WallTime now{};
  WallTime next_expires{};
};
struct Rotated {
  Result<Refreshed> refreshed;
  std::optional<Committed> revoked;  // the token had been used before
};
Rotated rotate_refresh(Tables& tables, const Rotation& rotation);

Result<Committed> revoke_session(Tables& tables, UserKey user, const AuthSessionId& session,
                                 WallTime now);
Result<AuthenticatedUser> authenticate(Tables& tables, const UserId& user,
                                       const AuthSessionId& session);

}  // namespace kith::memory
