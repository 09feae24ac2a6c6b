#include "gateway/session_authenticator.h"

#include <utility>

#include "protocol/json_writer.h"

namespace kith {

namespace {

// The same words whatever is wrong with a token (RELIABILITY 3.4).
Error does_not_hold() {
  return fail(ErrorCode::unauthorized, "the token does not hold");
}

Identity with_user(Claimed claimed, const UserRecord& user) {
  claimed.user = user.id;
  claimed.key = user.key;
  claimed.role = user.role;
  return claimed;
}

}  // namespace

Error SessionAuthenticator::refusal(const Error& error) {
  if (error.code != ErrorCode::unauthorized) return error;
  audit_refusal("login");
  return does_not_hold();
}

void SessionAuthenticator::audit_refusal(std::string_view reason) {
  // The wall's time will do: a clock that is set costs or gives a few entries.
  if (!entries_.try_take(SteadyTime{now_.time_since_epoch()})) {
    ++left_out_;
    return;
  }
  std::string detail;
  JsonWriter json(detail);
  json.begin_object().field("reason", reason);
  if (left_out_ > 0) json.field("left_out", std::exchange(left_out_, 0));
  json.end_object();
  accounts_.audit(std::nullopt, "auth.token_refused", std::move(detail), now_);
}

Result<Claimed> SessionAuthenticator::verify(std::string_view token, WallTime now) {
  now_ = now;
  const auto claims = verifier_.verify(token, now);
  if (!claims) {
    audit_refusal("token");
    return does_not_hold();
  }
  Claimed claimed;
  claimed.user = claims->user;
  claimed.session = claims->session;
  claimed.expires = claims->expires;
  return claimed;
}

void SessionAuthenticator::admit(const Claimed& claimed, std::vector<ChannelId> channels,
                                 Callback<Admission> done) {
  accounts_.admit(claimed.user, claimed.session, std::move(channels),
                  [this, done = std::move(done), claimed](Result<Admitted> admitted) mutable {
                    if (!admitted) return done(refusal(admitted.error()));
                    done(Admission{.identity = with_user(claimed, admitted->who.user),
                                   .channels = std::move(admitted->channels)});
                  });
}

void SessionAuthenticator::authenticate(std::string token, WallTime now, Callback<Identity> done) {
  const auto claimed = verify(token, now);
  if (!claimed) {
    // A callback never comes from inside the call.
    std::vector<Task> tasks;
    tasks.emplace_back([done = std::move(done)]() mutable { done(does_not_hold()); });
    completions_.post(std::move(tasks));
    return;
  }
  accounts_.authenticate(
      claimed->user, claimed->session,
      [this, done = std::move(done), claimed = *claimed](Result<AuthenticatedUser> known) mutable {
        if (!known) return done(refusal(known.error()));
        done(with_user(claimed, known->user));
      });
}

}  // namespace kith
