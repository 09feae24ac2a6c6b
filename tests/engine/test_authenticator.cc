#include <charconv>

#include "tests/engine/cluster.h"

namespace kith::test {

Result<Claimed> TestAuthenticator::verify(std::string_view token, WallTime now) {
  const auto first = token.find('|');
  const auto second = token.find('|', first + 1);
  const auto user = UserId::parse(token.substr(0, first));
  std::optional<AuthSessionId> session;
  std::int64_t expires_ms = 0;
  if (second != std::string::npos) {
    session = AuthSessionId::parse(token.substr(first + 1, second - first - 1));
    std::from_chars(token.data() + second + 1, token.data() + token.size(), expires_ms);
  }
  const WallTime expires{std::chrono::milliseconds{expires_ms}};
  if (!user || !session || expires <= now) {
    return fail(ErrorCode::unauthorized, "the token does not hold");
  }
  Claimed claimed;
  claimed.user = *user;
  claimed.session = *session;
  claimed.expires = expires;
  return claimed;
}

void TestAuthenticator::admit(const Claimed& claimed, std::vector<ChannelId> channels,
                              Callback<Admission> done) {
  ++admissions;
  accounts_.admit(
      claimed.user, claimed.session, std::move(channels),
      [this, done = std::move(done), who = Identity(claimed)](Result<Admitted> admitted) mutable {
        if (!admitted) return done(admitted.error());
        who.key = admitted->who.user.key;
        who.role = admitted->who.user.role;
        Admission admission{.identity = who, .channels = std::move(admitted->channels)};
        if (!hold_answers) return done(std::move(admission));
        held.emplace_back([done = std::move(done), admission = std::move(admission)]() mutable {
          done(std::move(admission));
        });
      });
}

void TestAuthenticator::authenticate(std::string token, WallTime now, Callback<Identity> done) {
  const auto claimed = verify(token, now);
  if (!claimed) {
    std::vector<Task> answer;
    answer.emplace_back(
        [done = std::move(done), error = claimed.error()]() mutable { done(error); });
    queue_.post(std::move(answer));
    return;
  }
  admit(*claimed, {}, [done = std::move(done)](Result<Admission> admission) mutable {
    if (!admission) return done(admission.error());
    done(admission->identity);
  });
}

}  // namespace kith::test
