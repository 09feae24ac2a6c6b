// POST /auth/verify-email/request, /auth/verify-email, /auth/forgot-password, /auth/reset-password.
//
// Who asks for a mail is answered with the same 202 after the same work, whether or not there is
// such an account: that is found out by whoever sends it (engine/ports/account_recovery.h). What is
// limited: requests per address, and requests about one account, whether or not it exists.
#include "gateway/await_port.h"
#include "gateway/common_passwords.h"
#include "gateway/config.h"
#include "gateway/opaque_token.h"
#include "gateway/password_pool.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/routes.h"
#include "gateway/rest/user_fields.h"

namespace kith {

namespace asio = boost::asio;

namespace {

Problem no_such_token() {
  return invalid_field("token", "is unknown, used or too old");
}

HttpResponse refused_token(const RequestContext& context, const Error& error) {
  if (error.code == ErrorCode::unauthorized) return refused(context, no_such_token());
  return refused(context, error);
}

Error limited(std::chrono::milliseconds wait) {
  return Error{.code = ErrorCode::rate_limited,
               .message = "too many requests of this kind",
               .retry_after = wait};
}

std::optional<Error> over_limit(const RequestContext& context, const std::string& email) {
  ServerState& server = context.services.server;
  if (!context.request.client_is_loopback) {
    if (const auto wait =
            server.account_mails.take(context.request.client_address, context.now.steady)) {
      return limited(*wait);
    }
  }
  std::string account = email;
  for (char& c : account) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  if (const auto wait = server.account_mails_of_account.take(account, context.now.steady)) {
    return limited(*wait);
  }
  return std::nullopt;
}

asio::awaitable<HttpResponse> request_mail(RequestContext& context, OutgoingKind kind) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) co_return refused(context, *refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  std::string email = body.text("email", kEmailLength);
  if (const auto refusal = body.refusal()) co_return refused(context, *refusal);
  AccountRecovery* const recovery = context.services.recovery;
  if (recovery == nullptr || context.services.config.email.smtp_url.empty()) {
    co_return refused(context, problem(503, "this server sends no mail"));
  }
  if (const auto error = over_limit(context, email)) co_return refused(context, *error);
  const auto asked = co_await await_port<Nothing>([&](Callback<Nothing> done) {
    recovery->request(kind, std::move(email), context.now.wall, std::move(done));
  });
  if (!asked) co_return refused(context, asked.error());
  co_return json_answer(202, R"({"status":"accepted"})");
}

std::optional<Error> over_attempts(const RequestContext& context) {
  if (context.request.client_is_loopback) return std::nullopt;
  const auto wait =
      context.services.server.logins.take(context.request.client_address, context.now.steady);
  return wait ? std::optional(limited(*wait)) : std::nullopt;
}

struct Reset {
  TokenHash token{};
  std::string password;
};

Checked<Reset> read_reset(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  const AuthConfig& auth = context.services.config.auth;
  Reset reset;
  reset.token = hash_opaque_token(body.text("token", {.min = 1, .max = 128}));
  reset.password = body.text("password", {.min = auth.password_min, .max = kPasswordCharactersMax});
  if (auth.refuse_guessable_passwords && is_common_password(reset.password)) {
    body.note("password", "is one of those that are guessed first");
  }
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return reset;
}

}  // namespace

asio::awaitable<HttpResponse> rest::request_email_verification(RequestContext& context) {
  co_return co_await request_mail(context, OutgoingKind::verify_email);
}

asio::awaitable<HttpResponse> rest::forgot_password(RequestContext& context) {
  co_return co_await request_mail(context, OutgoingKind::reset_password);
}

asio::awaitable<HttpResponse> rest::verify_email(RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) co_return refused(context, *refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  const TokenHash token = hash_opaque_token(body.text("token", {.min = 1, .max = 128}));
  if (const auto refusal = body.refusal()) co_return refused(context, *refusal);
  AccountRecovery* const recovery = context.services.recovery;
  if (recovery == nullptr) co_return refused(context, no_such_token());
  if (const auto error = over_attempts(context)) co_return refused(context, *error);
  const auto verified = co_await await_port<Nothing>([&](Callback<Nothing> done) {
    recovery->verify_email(token, context.now.wall, std::move(done));
  });
  if (!verified) co_return refused_token(context, verified.error());
  co_return HttpResponse{.status = 204};
}

asio::awaitable<HttpResponse> rest::reset_password(RequestContext& context) {
  auto read = read_reset(context);
  if (auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  Reset reset = std::get<Reset>(std::move(read));
  AccountRecovery* const recovery = context.services.recovery;
  if (recovery == nullptr) co_return refused(context, no_such_token());
  if (const auto error = over_attempts(context)) co_return refused(context, *error);
  // No password is hashed for a token that will not do.
  const auto good = co_await await_port<Nothing>([&](Callback<Nothing> done) {
    recovery->check_reset(reset.token, context.now.wall, std::move(done));
  });
  if (!good) co_return refused_token(context, good.error());
  auto hash = co_await await_port<std::string>([&](Callback<std::string> done) {
    context.services.passwords.hash(std::move(reset.password), context.services.completions,
                                    std::move(done));
  });
  if (!hash) co_return refused(context, hash.error());
  NewPassword password{
      .token = reset.token, .password_hash = std::move(hash).value(), .now = context.time().wall};
  auto done = co_await await_port<Committed>([&](Callback<Committed> done) {
    recovery->reset_password(std::move(password), std::move(done));
  });
  if (!done) co_return refused_token(context, done.error());
  context.services.engine.publish(std::move(done->events));
  co_return HttpResponse{.status = 204};
}

}  // namespace kith
