// Tokens that nobody may be let in with (RELIABILITY 3.4; RFC 8725): names and texts.
#pragma once

#include <string>
#include <vector>

#include "tests/gateway/jwt_forger.h"

namespace kith::test {

struct Forgery {
  std::string name;
  std::string token;
  // No header and no frame takes it: refused by its length, before anybody looks at it.
  bool oversized = false;
  // HTTP takes the white space around a value off, and what is left would be a good token.
  bool only_on_sockets = false;
};

// What a forger has: the server's own secret (the worst case), a token that holds, and tokens that
// were good once.
struct ForgersKit {
  std::string secret;
  jwt_forger::Bearer bearer;  // a user who exists, now
  std::string good_token;     // of them
  UserId erased_user;
  AuthSessionId session_of_another;
  std::string logged_out_token;
  std::string refresh_token;
};

std::vector<Forgery> forgeries(const ForgersKit& kit);

}  // namespace kith::test
