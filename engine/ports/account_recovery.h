// Proving that an address is one's own, and choosing a new password with that proof. A token is
// stored as its hash, good once and for half an hour; what is mailed goes through the outbox.
//
// Thread and callbacks as in event_log.h. Errors: unavailable; others as noted.
#pragma once

#include <chrono>
#include <string>

#include "engine/ports/accounts.h"
#include "engine/ports/callback.h"
#include "engine/ports/outbox.h"

namespace kith {

inline constexpr std::chrono::minutes kAccountTokenLifetime{30};

struct NewPassword {
  TokenHash token{};
  std::string password_hash;
  WallTime now{};
};

class AccountRecovery {
 public:
  virtual ~AccountRecovery() = default;
  // Asks for a mail to the account of that address. Whether there is one is found out later, by
  // whoever sends it: the work here is the same. `kind`: verify_email or reset_password.
  virtual void request(OutgoingKind kind, std::string email, WallTime now,
                       Callback<Nothing> done) = 0;
  // unauthorized: unknown, used, too old, of a user who is gone.
  virtual void verify_email(TokenHash token, WallTime now, Callback<Nothing> done) = 0;
  // Would reset_password() take it? unauthorized.
  virtual void check_reset(TokenHash token, WallTime now, Callback<Nothing> done) = 0;
  // Sets the password and ends all logins of the user: the events are to be published. The address
  // counts as verified, since the token came by it. unauthorized.
  virtual void reset_password(NewPassword password, Callback<Committed> done) = 0;
};

}  // namespace kith
