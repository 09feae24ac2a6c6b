// POST /users, and users as JSON.
#include "gateway/await_port.h"
#include "gateway/password_pool.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/routes.h"
#include "gateway/rest/sign_up.h"
#include "gateway/rest/user_json.h"

namespace kith {

namespace asio = boost::asio;

asio::awaitable<HttpResponse> rest::create_user(RequestContext& context) {
  auto read = read_sign_up(context, PasswordField::needed);
  if (auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  SignUp sign_up = std::get<SignUp>(std::move(read));
  if (!context.request.client_is_loopback) {
    const auto wait =
        context.services.server.sign_ups.take(context.request.client_address, context.now.steady);
    if (wait) {
      co_return refused(context, Error{.code = ErrorCode::rate_limited,
                                       .message = "too many sign-ups from this address",
                                       .retry_after = wait});
    }
  }
  auto hash = co_await await_port<std::string>([&](Callback<std::string> done) {
    context.services.passwords.hash(*std::move(sign_up.password), context.services.completions,
                                    std::move(done));
  });
  if (!hash) co_return refused(context, hash.error());
  sign_up.user.password_hash = std::move(hash).value();
  const auto user = co_await await_port<UserRecord>([&](Callback<UserRecord> done) {
    context.services.accounts.create_user(std::move(sign_up.user), std::move(done));
  });
  if (!user) co_return refused(context, user.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("id", user->id).field("display_name", user->display_name).field("city", user->city);
  json.key("interests").raw(user->interests_json);
  json.field("created_at", user->created_at).end_object();
  co_return json_answer(201, std::move(out));
}

void write_user_members(JsonWriter& json, const UserRecord& user) {
  json.field("id", user.id).field("display_name", user.display_name);
  json.field("bio", user.bio).field("city", user.city);
  json.key("avatar_url");
  if (user.avatar_url.empty()) {
    json.null();
  } else {
    json.string(user.avatar_url);
  }
  json.key("interests").raw(user.interests_json);
  json.field("created_at", user.created_at);
  json.key("last_active_at");
  if (user.last_active_at) {
    json.time(*user.last_active_at);
  } else {
    json.null();
  }
}

void write_own_user(JsonWriter& json, const UserRecord& user) {
  json.begin_object();
  write_user_members(json, user);
  json.field("email", user.email).field("email_verified", user.email_verified);
  json.field("role", to_string(user.role));
  json.end_object();
}

}  // namespace kith
