// POST /auth/login, /auth/refresh, /auth/logout.
//
// Every login that fails gets the same answer after the same work, whether or not the account
// exists (password_attempt.h).
//
// A refresh token is good once. Whose answer to a refresh was lost asks again with the same
// Idempotency-Key.
#include "gateway/await_port.h"
#include "gateway/config.h"
#include "gateway/jwt.h"
#include "gateway/opaque_token.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/password_attempt.h"
#include "gateway/rest/routes.h"
#include "gateway/rest/user_fields.h"
#include "gateway/rest/user_json.h"

namespace kith {

namespace asio = boost::asio;

namespace {

using rest::LoginAttempt;

constexpr std::size_t kUserAgentBytesMax = 200;
constexpr std::string_view kRefreshTokenPrefix = "rft_";

// With an Idempotency-Key the next token follows from the used one and the key, so that the same
// request again asks for the same token (engine/ports/refresh_retry.h), on whichever node.
OpaqueToken next_refresh_token(const RequestContext& context, const std::string& used,
                               const std::optional<std::string>& idempotency_key) {
  if (!idempotency_key) return new_opaque_token(kRefreshTokenPrefix);
  return opaque_token_of(kRefreshTokenPrefix, context.services.signer.derive(
                                                  "refresh\n" + used + '\n' + *idempotency_key));
}

std::string user_agent_of(const HttpRequest& request) {
  return std::string(
      request.head.find("user-agent").value_or(std::string_view{}).substr(0, kUserAgentBytesMax));
}

HttpResponse tokens_answer(const RequestContext& context, const UserRecord& user,
                           AuthSessionId session, const std::string& refresh_token) {
  const std::chrono::seconds lifetime =
      std::chrono::minutes(context.services.config.auth.access_minutes);
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("access_token",
             context.services.signer.issue(user.id, session, context.time().wall, lifetime));
  json.field("refresh_token", refresh_token).field("token_type", "Bearer");
  json.field("expires_in", static_cast<std::int64_t>(lifetime.count()));
  json.key("user");
  write_own_user(json, user);
  json.end_object();
  return json_answer(200, std::move(out));
}

WallTime refresh_expiry(const RequestContext& context, WallTime now) {
  return now + std::chrono::days(context.services.config.auth.refresh_days);
}

Checked<LoginAttempt> read_login(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  LoginAttempt attempt;
  attempt.email = body.text("email", kEmailLength);
  attempt.password = body.text("password", {.min = 1, .max = kPasswordCharactersMax});
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return attempt;
}

}  // namespace

asio::awaitable<HttpResponse> rest::login(RequestContext& context) {
  auto read = read_login(context);
  if (auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  LoginAttempt attempt = std::get<LoginAttempt>(std::move(read));
  const auto checked = co_await check_password(context, std::move(attempt));
  if (!checked) co_return refused(context, checked.error());
  if (!*checked) co_return refused(context, problem(401, "the email or the password is wrong"));
  const Credentials& found = **checked;

  if (context.services.config.auth.require_verified_email && !found.user.email_verified) {
    co_return refused(context, problem(403, "the email address is not verified"));
  }

  const OpaqueToken refresh = new_opaque_token(kRefreshTokenPrefix);
  const WallTime now = context.time().wall;
  NewSession session{.id = AuthSessionId{fresh_uuid(now)},
                     .user = found.user.key,
                     .refresh_hash = refresh.hash,
                     .now = now,
                     .refresh_expires = refresh_expiry(context, now),
                     .client_address = context.request.client_address,
                     .user_agent = user_agent_of(context.request)};
  const AuthSessionId session_id = session.id;
  const auto created = co_await await_port<Nothing>([&](Callback<Nothing> done) {
    context.services.accounts.create_session(std::move(session), std::move(done));
  });
  if (!created) co_return refused(context, created.error());
  co_return tokens_answer(context, found.user, session_id, refresh.text);
}

asio::awaitable<HttpResponse> rest::refresh(RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) co_return refused(context, *refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  const std::string used = body.text("refresh_token", {.min = 1, .max = 256});
  if (const auto refusal = body.refusal()) co_return refused(context, *refusal);
  const auto key = idempotency_key(context.request);
  if (const auto* refusal = std::get_if<Problem>(&key)) co_return refused(context, *refusal);

  const OpaqueToken next =
      next_refresh_token(context, used, std::get<std::optional<std::string>>(key));
  const WallTime now = context.now.wall;
  // The connection may be gone when a reuse is told, so this holds the engine and not the context.
  Engine& engine = context.services.engine;
  const auto rotated = co_await await_port<Refreshed>([&](Callback<Refreshed> done) {
    context.services.accounts.rotate_refresh(
        hash_opaque_token(used), next.hash, now, refresh_expiry(context, now),
        [&engine](Committed committed) { engine.publish(std::move(committed.events)); },
        std::move(done));
  });
  if (!rotated) {
    if (rotated.error().code == ErrorCode::unauthorized) {
      co_return refused(context, problem(401, "the refresh token does not hold"));
    }
    co_return refused(context, rotated.error());
  }
  co_return tokens_answer(context, rotated->user, rotated->session, next.text);
}

asio::awaitable<HttpResponse> rest::logout(RequestContext& context) {
  auto revoked = co_await await_port<Committed>([&](Callback<Committed> done) {
    context.services.accounts.revoke_session(context.who->key, context.who->session,
                                             context.now.wall, std::move(done));
  });
  if (!revoked) co_return refused(context, revoked.error());
  context.services.engine.publish(std::move(revoked->events));
  co_return HttpResponse{.status = 204};
}

}  // namespace kith
