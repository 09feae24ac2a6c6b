#include "gateway/service_admission.h"

#include "gateway/await_port.h"
#include "gateway/opaque_token.h"

namespace kith {

namespace asio = boost::asio;

namespace {

// Every other token, a user's good one too, goes where users' are looked at: that audits what it
// refuses. What that lets in is refused with the same words.
asio::awaitable<std::optional<Problem>> refuse_token(RequestContext& context, std::string token) {
  const auto identity = co_await await_port<Identity>([&](Callback<Identity> done) {
    context.services.authenticator.authenticate(std::move(token), context.now.wall,
                                                std::move(done));
  });
  if (!identity) co_return to_problem(identity.error());
  co_return to_problem(fail(ErrorCode::unauthorized, "the token does not hold"));
}

void act_for(RequestContext& context, const Route& route, const UserRecord& user) {
  context.who = Identity{.user = user.id,
                         .key = user.key,
                         .session = {},
                         .role = user.role,
                         .expires = context.now.wall};
  context.services.service_accounts->audit_acting(
      *context.service, user.key,
      std::string(to_string(route.method)) + ' ' + std::string(route.pattern));
}

}  // namespace

bool is_for_services(const Route& route, std::string_view token) {
  return route.access == RouteAccess::service ||
         (route.scope && token.starts_with(kServiceTokenPrefix));
}

asio::awaitable<std::optional<Problem>> admit_service(RequestContext& context, const Route& route,
                                                      std::string token) {
  ServiceAccounts* const accounts = context.services.service_accounts;
  if (accounts == nullptr || !token.starts_with(kServiceTokenPrefix)) {
    co_return co_await refuse_token(context, std::move(token));
  }
  std::optional<UserId> user;
  if (route.access == RouteAccess::user) {
    const auto named = context.request.head.find("x-act-as");
    if (named && context.request.head.count("x-act-as") == 1) user = UserId::parse(*named);
  }
  const TokenHash hash = hash_opaque_token(token);
  auto call = co_await await_port<ServiceCall>(
      [&](Callback<ServiceCall> done) { accounts->authenticate(hash, user, std::move(done)); });
  if (!call && call.error().code == ErrorCode::unauthorized) {
    co_return co_await refuse_token(context, std::move(token));
  }
  if (!call) co_return to_problem(call.error());
  context.service =
      ServiceActor{.id = call->service.id, .key = call->service.key, .now = context.now.wall};
  if (!call->service.scopes.has(*route.scope)) {
    co_return problem(403, "the token lacks the scope " + std::string(to_string(*route.scope)));
  }
  if (route.access == RouteAccess::service) co_return std::nullopt;
  if (!call->acting_for) {
    co_return problem(400, "X-Act-As must name the user in whose name this is to be done");
  }
  act_for(context, route, *call->acting_for);
  co_return std::nullopt;
}

}  // namespace kith
