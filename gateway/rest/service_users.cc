// What another back end does with users: POST /service/users, POST /users/{user_id}/disconnect,
// GET /presence?users=usr_…,usr_….
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/ports/service_accounts.h"
#include "gateway/await_port.h"
#include "gateway/config.h"
#include "gateway/password_pool.h"
#include "gateway/rest/club_answers.h"
#include "gateway/rest/routes.h"
#include "gateway/rest/sign_up.h"
#include "gateway/user_presence.h"

namespace kith {

namespace asio = boost::asio;

namespace {

struct Provision {
  ProvisionUser wanted;
  std::optional<std::string> password;
};

Checked<Provision> read_provision(const RequestContext& context) {
  auto sign_up = read_sign_up(context, PasswordField::optional);
  if (auto* refusal = std::get_if<Problem>(&sign_up)) return std::move(*refusal);
  SignUp& read = std::get<SignUp>(sign_up);
  if (!read.password && context.services.config.email.smtp_url.empty()) {
    return invalid_field("password", "is needed: this server sends no mail to set one with");
  }
  auto idempotency = idempotency_of(context, "/service/users");
  if (auto* refusal = std::get_if<Problem>(&idempotency)) return std::move(*refusal);
  return Provision{
      .wanted = {.user = std::move(read.user),
                 .idempotency = std::get<std::optional<Idempotency>>(std::move(idempotency))},
      .password = std::move(read.password)};
}

}  // namespace

asio::awaitable<HttpResponse> rest::provision_user(RequestContext& context) {
  auto read = read_provision(context);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  Provision provision = std::get<Provision>(std::move(read));
  if (provision.password) {
    auto hash = co_await await_port<std::string>([&](Callback<std::string> done) {
      context.services.passwords.hash(*std::move(provision.password), context.services.completions,
                                      std::move(done));
    });
    if (!hash) co_return refused(context, hash.error());
    provision.wanted.user.password_hash = std::move(hash).value();
  }
  const auto made = co_await await_port<ProvisionedUser>([&](Callback<ProvisionedUser> done) {
    context.services.service_accounts->provision_user(*context.service, std::move(provision.wanted),
                                                      std::move(done));
  });
  if (!made) co_return refused(context, made.error());
  const UserRecord& user = made->user;
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("id", user.id).field("email", user.email);
  json.field("display_name", user.display_name).field("city", user.city);
  json.key("interests").raw(user.interests_json).field("created_at", user.created_at);
  if (!made->created) json.field("duplicate", true);
  json.end_object();
  co_return json_answer(made->created ? 201 : 200, std::move(out));
}

namespace {

Checked<Disconnect> read_disconnect(const RequestContext& context, const UserId& user) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  Disconnect out{.user = user, .reason = {}, .end_logins = false};
  if (body.has("end_logins")) out.end_logins = body.boolean("end_logins");
  out.reason = body.optional_text("reason", {.min = 0, .max = 200}).value_or("");
  if (auto refusal = body.refusal()) return *std::move(refusal);
  return out;
}

}  // namespace

asio::awaitable<HttpResponse> rest::disconnect_user(RequestContext& context) {
  auto [user, refusal] = path_id<UserId>(context, 0);
  if (!user) co_return std::move(refusal);
  const UserId id = *user;
  auto read = read_disconnect(context, id);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  Disconnect disconnect = std::get<Disconnect>(std::move(read));
  auto done = co_await await_port<Committed>([&](Callback<Committed> callback) {
    context.services.service_accounts->disconnect(*context.service, std::move(disconnect),
                                                  std::move(callback));
  });
  if (!done) co_return refused(context, done.error());
  const std::size_t logins = done->events.size() - 1;  // the last one is the disconnection itself
  context.services.engine.publish(std::move(done->events));
  std::string out;
  JsonWriter(out)
      .begin_object()
      .field("user_id", id)
      .field("logins_ended", std::int64_t(logins))
      .end_object();
  co_return json_answer(200, std::move(out));
}

namespace {

Checked<std::vector<UserId>> read_users(const HttpRequest& request) {
  const auto text = request.query_value("users");
  if (!text) return problem(400, "users is needed: ids with commas between");
  std::vector<UserId> users;
  for (std::string_view rest = *text; !rest.empty();) {
    const auto comma = std::min(rest.find(','), rest.size());
    const auto user = UserId::parse(rest.substr(0, comma));
    if (!user) return problem(400, "users holds what is no user id");
    users.push_back(*user);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  if (users.empty() || users.size() > UserPresence::kUsersMax) {
    return problem(400, "users must be 1 to 100 ids");
  }
  return users;
}

// Those that are online in other processes; what none has said in time is taken for no.
asio::awaitable<UserPresence::Online> ask_others(RequestContext& context,
                                                 std::vector<UserId> users) {
  UserPresence& presence = context.services.presence;
  const UserId reply{context.services.engine.new_uuid()};
  const auto executor = co_await asio::this_coro::executor;
  const auto timer = std::make_shared<asio::steady_timer>(executor);
  bool open = presence.ask(reply, users, [timer] { timer->cancel(); });
  for (int round = 0; open && round < UserPresence::kRounds; ++round) {
    timer->expires_after(UserPresence::kPatience);
    co_await timer->async_wait(asio::as_tuple(asio::use_awaitable));
    open = presence.ask_again(reply);
  }
  co_return presence.finish(reply);
}

}  // namespace

asio::awaitable<HttpResponse> rest::read_presence(RequestContext& context) {
  const auto read = read_users(context.request);
  if (const auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  const auto users = std::get<std::vector<UserId>>(read);
  UserPresence::Online online = context.services.presence.here(users);
  std::vector<UserId> unknown;
  for (const UserId& user : users) {
    if (!online.contains(user)) unknown.push_back(user);
  }
  const bool has_others = !context.services.config.bus.url.empty();
  if (!unknown.empty() && has_others) {
    UserPresence::Online others = co_await ask_others(context, std::move(unknown));
    online.merge(others);
  }
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("items").begin_array();
  for (const UserId& user : users) {
    json.begin_object().field("user_id", user).field("online", online.contains(user)).end_object();
  }
  json.end_array().end_object();
  co_return json_answer(200, std::move(out));
}

}  // namespace kith
