// What a new user is made of, as a body says it: one who signs up, or whom another back end makes.
#pragma once

#include <optional>
#include <string>

#include "gateway/http_request_checks.h"
#include "gateway/http_router.h"

namespace kith {

struct SignUp {
  NewUser user;  // with a fresh id and the request's time, without a password hash
  std::optional<std::string> password;
};

enum class PasswordField : std::uint8_t { needed, optional };
Checked<SignUp> read_sign_up(const RequestContext& context, PasswordField password);

}  // namespace kith
