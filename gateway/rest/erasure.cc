// DELETE /users/me.
#include "gateway/await_port.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/password_attempt.h"
#include "gateway/rest/profile_answers.h"
#include "gateway/rest/routes.h"
#include "gateway/rest/user_fields.h"

namespace kith {

namespace asio = boost::asio;
using rest::profiles_of;

namespace {

Checked<std::string> read_password(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  std::string password = body.text("password", {.min = 1, .max = kPasswordCharactersMax});
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return password;
}

HttpResponse erasing_answer(const RequestContext& context) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("user_id", context.who->user).field("status", "erasing");
  json.field("requested_at", context.now.wall);
  json.field("message",
             "the account is gone, every login has ended and the email address is free; what you "
             "wrote and what is stored about you is being erased");
  json.end_object();
  return json_answer(202, std::move(out));
}

}  // namespace

asio::awaitable<HttpResponse> rest::erase_me(RequestContext& context) {
  auto read = read_password(context);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const auto own = co_await await_port<Profile>([&](Callback<Profile> done) {
    profiles_of(context).profile(context.actor(), context.who->user, std::move(done));
  });
  if (!own) co_return refused(context, own.error());
  // By name: GCC 12 frees an aggregate twice that is made within the call it is awaited from.
  LoginAttempt attempt{.email = own->user.email,
                       .password = std::get<std::string>(std::move(read))};
  const auto checked = co_await check_password(context, std::move(attempt));
  if (!checked) co_return refused(context, checked.error());
  if (!*checked) co_return refused(context, problem(403, "the password is wrong"));
  auto erased = co_await await_port<Committed>([&](Callback<Committed> done) {
    profiles_of(context).erase(context.actor(), context.who->session, std::move(done));
  });
  if (!erased) co_return refused(context, erased.error());
  context.services.engine.publish(std::move(erased->events));
  co_return erasing_answer(context);
}

}  // namespace kith
