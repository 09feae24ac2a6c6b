#include <fmt/format.h>
#include <sodium.h>

#include "gateway/commands/commands.h"
#include "gateway/jwt.h"

namespace kith {

int print_token(const Config& config, const invocation::Token& request) {
  if (sodium_init() < 0) return complain("the system gives no random bytes");
  auto store = open_store(config, StoreUse::read);
  const auto key = open_token_key(config, MissingSecret::refuse,
                                  store ? (*store)->signing_secret() : std::string());
  if (!key) return complain(key.error().message);
  if (!store) return complain(store.error().message, exit_code(store.error()));
  const auto user = (*store)->find_user_now(request.user);
  if (!user) return complain(user.error().message);

  const WallTime now = wall_clock_now();
  const AuthSessionId session{make_uuid_generator().next(now)};
  const TokenSigner signer(*key, {.issuer = config.auth.issuer, .audience = config.auth.audience});
  fmt::print("{}\n",
             signer.issue(request.user, session, now, std::chrono::minutes(request.minutes)));
  return 0;
}

}  // namespace kith
