// Logins, and mails about accounts.
#include "gateway/openapi/operation.h"

namespace kith::api {

using enum HttpMethod;

std::vector<Operation> account_operations() {
  const Schema accepted = object({{"status", one_of({"accepted"})}});
  return {
      {.method = post,
       .pattern = "/auth/login",
       .id = "login",
       .tag = "auth",
       .summary = "Logs in. 401 whatever is wrong; 403: the address must be verified first",
       .body = object({{"email", text(1, 254)}, {"password", text(1, 256)}}),
       .answers = {{200, ref("Tokens")}},
       .refusals = {401, 403}},
      {.method = post,
       .pattern = "/auth/refresh",
       .id = "refresh",
       .tag = "auth",
       .summary = "New tokens for a refresh token, which holds once; the same Idempotency-Key "
                  "asks again for an answer that was lost",
       .body = object({{"refresh_token", text(1, 256)}}),
       .answers = {{200, ref("Tokens")}},
       .refusals = {401},
       .with = kIdempotencyKey},
      {.method = post,
       .pattern = "/auth/logout",
       .id = "logout",
       .tag = "auth",
       .summary = "Ends this login, at once",
       .answers = {{204}}},
      {.method = post,
       .pattern = "/auth/verify-email/request",
       .id = "requestEmailVerification",
       .tag = "auth",
       .summary = "Asks for a mail; the same answer whether or not there is such an account",
       .body = object({{"email", text(1, 254)}}),
       .answers = {{202, accepted}}},
      {.method = post,
       .pattern = "/auth/verify-email",
       .id = "verifyEmail",
       .tag = "auth",
       .summary = "Verifies the address by the mail's token",
       .body = object({{"token", text(1, 128)}}),
       .answers = {{204}}},
      {.method = post,
       .pattern = "/auth/forgot-password",
       .id = "forgotPassword",
       .tag = "auth",
       .summary = "Asks for a mail; the same answer whether or not there is such an account",
       .body = object({{"email", text(1, 254)}}),
       .answers = {{202, accepted}}},
      {.method = post,
       .pattern = "/auth/reset-password",
       .id = "resetPassword",
       .tag = "auth",
       .summary = "A new password by the mail's token; ends every login",
       .body = object({{"token", text(1, 128)}, {"password", text(1, 256)}}),
       .answers = {{204}}},
  };
}

}  // namespace kith::api
