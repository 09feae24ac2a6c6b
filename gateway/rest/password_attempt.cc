#include "gateway/rest/password_attempt.h"

#include "gateway/await_port.h"
#include "gateway/password_pool.h"
#include "gateway/rest/answers.h"
#include "protocol/json_writer.h"

namespace kith {

namespace asio = boost::asio;
using rest::LoginAttempt;

namespace {

std::string folded(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

// Of the account at the address.
std::string limit_key(const RequestContext& context, const LoginAttempt& attempt) {
  return folded(attempt.email) + '\n' + context.request.client_address;
}

Error limited(std::chrono::milliseconds wait, std::string message) {
  return Error{.code = ErrorCode::rate_limited, .message = std::move(message), .retry_after = wait};
}

std::optional<Error> over_login_limit(const RequestContext& context, const LoginAttempt& attempt) {
  ServerState& server = context.services.server;
  if (!context.request.client_is_loopback) {
    if (const auto wait = server.logins.take(context.request.client_address, context.now.steady)) {
      return limited(*wait, "too many logins from this address");
    }
  }
  if (const auto wait =
          server.failed_logins.blocked(limit_key(context, attempt), context.now.steady)) {
    return limited(*wait, "too many failed logins");
  }
  const auto account = folded(attempt.email);
  if (const auto wait = server.failed_logins_of_account.blocked(account, context.now.steady)) {
    return limited(*wait, "too many failed logins");
  }
  return std::nullopt;
}

void note_failed_login(const RequestContext& context, const LoginAttempt& attempt,
                       std::optional<UserKey> user) {
  ServerState& server = context.services.server;
  server.failed_logins.charge(limit_key(context, attempt), context.now.steady);
  server.failed_logins_of_account.charge(folded(attempt.email), context.now.steady);
  std::string detail;
  JsonWriter json(detail);
  json.begin_object().field("client_address", context.request.client_address);
  json.field("correlation_id", context.request.correlation_id).end_object();
  context.services.accounts.audit(user, "auth.login_failed", std::move(detail), context.now.wall);
}

}  // namespace

asio::awaitable<Result<std::optional<Credentials>>> rest::check_password(RequestContext& context,
                                                                         LoginAttempt attempt) {
  if (auto error = over_login_limit(context, attempt)) co_return *std::move(error);
  auto found = co_await await_port<Credentials>([&](Callback<Credentials> done) {
    context.services.accounts.find_credentials(attempt.email, std::move(done));
  });
  if (!found && found.error().code != ErrorCode::not_found) co_return found.error();
  // Without a hash the pool works on a dummy: the answer's time tells nothing.
  const std::string hash = found ? found->password_hash : std::string{};
  const auto check = co_await await_port<PasswordCheck>([&](Callback<PasswordCheck> done) {
    context.services.passwords.check(std::move(attempt.password), hash,
                                     context.services.completions, std::move(done));
  });
  if (!check) co_return check.error();
  if (!found || !check->matches) {
    note_failed_login(context, attempt, found ? std::optional(found->user.key) : std::nullopt);
    co_return std::optional<Credentials>();
  }
  co_return std::optional<Credentials>(std::move(found).value());
}

}  // namespace kith
