// Turns an access token into an identity: signature and claims, then the store's word that the
// session still stands. On the caller's shard, callbacks as in event_log.h.
//
// A socket asks in two steps, so that its channels are followed on the bus before the store is
// asked, once, for everything that connection.init needs: what is committed behind that one
// snapshot, the end of the login or of a right above all, comes by the bus.
#pragma once

#include <string>
#include <string_view>
#include <vector>

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

// Identity is the token's own word; `key` and `role` are not known yet.
using Claimed = Identity;

// Of one snapshot of the store.
struct Admission {
  Identity identity;
  std::vector<Result<Attached>> channels;  // as EventLog::attach, in the order asked
};

class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // Signature and claims alone, at once. unauthorized (constant text).
  virtual Result<Claimed> verify(std::string_view token, WallTime now) = 0;
  // What verified claims are worth now, and the user's standing in `channels`. unauthorized
  // (constant text) or unavailable.
  virtual void admit(const Claimed& claimed, std::vector<ChannelId> channels,
                     Callback<Admission> done) = 0;
  // Both for a token alone.
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
