// Turns an access token into an identity: signature and claims, then the store's word that the
// session still stands. On the caller's shard, callbacks as in event_log.h.
#pragma once

#include <string>

#include "engine/ports/accounts.h"
#include "engine/ports/callback.h"
#include "protocol/ids.h"

namespace kith {

struct Identity {
  UserId user;
  UserKey key{};
  AuthSessionId session;
  SystemRole role = SystemRole::user;
  WallTime expires{};
};

class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // unauthorized (constant text) or unavailable.
  virtual void authenticate(std::string token, WallTime now, Callback<Identity> done) = 0;
};

// How many sockets a user has, over all shards of the process.
class SocketQuota {
 public:
  virtual ~SocketQuota() = default;
  virtual bool acquire(const UserId& user) = 0;  // false: the user has as many as allowed
  virtual void release(const UserId& user) = 0;
};

}  // namespace kith
