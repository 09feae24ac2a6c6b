// Access tokens to identities: the signature and the claims here, then the store's word that the
// session still stands. Nothing is remembered in between, so that a logout counts at once
// (PROTOCOL section 7). One per shard, on its thread.
#pragma once

#include "engine/ports/accounts.h"
#include "engine/ports/authenticator.h"
#include "engine/ports/completion_queue.h"
#include "gateway/jwt.h"

namespace kith {

class SessionAuthenticator final : public Authenticator {
 public:
  SessionAuthenticator(TokenVerifier verifier, Accounts& accounts, CompletionQueue& completions)
      : verifier_(std::move(verifier)), accounts_(accounts), completions_(completions) {}

  Result<Claimed> verify(std::string_view token, WallTime now) override;
  void admit(const Claimed& claimed, std::vector<ChannelId> channels,
             Callback<Admission> done) override;
  void authenticate(std::string token, WallTime now, Callback<Identity> done) override;

 private:
  TokenVerifier verifier_;
  Accounts& accounts_;
  CompletionQueue& completions_;
};

}  // namespace kith
