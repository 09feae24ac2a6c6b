// Access tokens to identities: the signature and the claims here, then the store's word that the
// session still stands. Nothing is remembered in between, so that a logout counts at once
// (PROTOCOL section 7). One per shard, on its thread.
//
// Every refusal is an entry of the audit log, "auth.token_refused" {"reason"}: "token" where
// signature or claims do not hold, "login" where they do, and the login has ended or its user is
// gone. Nothing of the token is in it. Anybody can have tokens refused as fast as they can send, so
// past the first kAuditedRefusals there is one entry a second, which says in "left_out" how many
// came unaudited before it.
#pragma once

#include "engine/ports/accounts.h"
#include "engine/ports/authenticator.h"
#include "engine/ports/completion_queue.h"
#include "gateway/jwt.h"
#include "gateway/token_bucket.h"

namespace kith {

class SessionAuthenticator final : public Authenticator {
 public:
  static constexpr double kAuditedRefusals = 500;

  SessionAuthenticator(TokenVerifier verifier, Accounts& accounts, CompletionQueue& completions)
      : verifier_(std::move(verifier)), accounts_(accounts), completions_(completions) {}

  Result<Claimed> verify(std::string_view token, WallTime now) override;
  void admit(const Claimed& claimed, std::vector<ChannelId> channels,
             Callback<Admission> done) override;
  void authenticate(std::string token, WallTime now, Callback<Identity> done) override;

 private:
  // What a caller is told of the store's error.
  Error refusal(const Error& error);
  void audit_refusal(std::string_view reason);

  TokenVerifier verifier_;
  Accounts& accounts_;
  CompletionQueue& completions_;
  WallTime now_{};  // when a token was last looked at
  TokenBucket entries_{kAuditedRefusals, std::chrono::seconds(1), SteadyTime{}};
  std::int64_t left_out_ = 0;
};

}  // namespace kith
