#include "gateway/session_authenticator.h"

namespace kith {

namespace {

// The same words whatever is wrong with a token (RELIABILITY 3.4).
Error does_not_hold() {
  return fail(ErrorCode::unauthorized, "the token does not hold");
}

}  // namespace

void SessionAuthenticator::authenticate(std::string token, WallTime now, Callback<Identity> done) {
  const auto claims = verifier_.verify(token, now);
  if (!claims) {
    // A callback never comes from inside the call.
    std::vector<Task> tasks;
    tasks.emplace_back([done = std::move(done)]() mutable { done(does_not_hold()); });
    completions_.post(std::move(tasks));
    return;
  }
  accounts_.authenticate(
      claims->user, claims->session,
      [done = std::move(done), claims = claims.value()](Result<AuthenticatedUser> known) mutable {
        if (!known) {
          const bool refused = known.error().code == ErrorCode::unauthorized;
          return done(refused ? does_not_hold() : known.error());
        }
        done(Identity{.user = known->user.id,
                      .key = known->user.key,
                      .session = claims.session,
                      .role = known->user.role,
                      .expires = claims.expires});
      });
}

}  // namespace kith
