#include "gateway/http_dispatch.h"

#include <exception>

#include "gateway/await_port.h"
#include "gateway/config.h"
#include "gateway/http_request_checks.h"
#include "gateway/log.h"
#include "gateway/origin_policy.h"
#include "gateway/service_admission.h"
#include "gateway/websocket_upgrade.h"
#include "protocol/failpoint.h"

namespace kith {

namespace asio = boost::asio;

namespace {

Problem no_such_method(const std::string& allow) {
  Problem refusal = problem(405, "this path does not take this method");
  refusal.fields.push_back({"Allow", allow});
  return refusal;
}

// OPTIONS, of a browser that asks whether a page may send a request, or of anybody else.
HttpResponse answer_options(ShardServices& services, const HttpRequest& request,
                            const std::string& allow) {
  HttpResponse response{.status = 204};
  response.fields.push_back({"Allow", allow});
  const bool preflight = request.head.count("access-control-request-method") != 0;
  if (preflight && judge_origin(request.head, services.config.gateway) == OriginVerdict::listed) {
    response.fields.push_back({"Access-Control-Allow-Methods", allow});
    response.fields.push_back(
        {"Access-Control-Allow-Headers",
         "Authorization, Content-Type, Idempotency-Key, If-Match, X-Correlation-Id"});
    response.fields.push_back({"Access-Control-Max-Age", "600"});
  }
  return response;
}

// Never the target: it may hold a token. The pattern says which resource it was.
void log_answer(const RequestContext& context, const Route& route, int status) {
  const LogLevel level = status >= 500 ? LogLevel::warn : LogLevel::debug;
  if (!log_enabled(level)) return;
  const std::string user = context.who ? context.who->user.text() : std::string();
  // What stands in the place of an id may be anything, a token too: only an id is told.
  const bool has_chat = route.pattern.starts_with("/chats/{");
  const auto chat = has_chat ? ChatId::parse(context.parameters.front()) : std::nullopt;
  log_event(level, "http.answered",
            {{"correlation_id", context.request.correlation_id},
             {"method", to_string(route.method)},
             {"route", route.pattern},
             {"status", status},
             {"user_id", user},
             {"service_id", context.service ? context.service->id.text() : std::string()},
             {"chat_id", chat ? chat->text() : std::string()}});
}

// Nobody waits for it: the answer is what it is, and goes out as soon as it would.
void audit_refusal(const RequestContext& context, const Route& route, int status) {
  const bool names_something = context.hidden || route.body == RouteBody::json ||
                               route.pattern.find('{') != route.pattern.npos;
  if (status != 403 && !(status == 404 && names_something)) return;
  if (!context.who && !context.service) return;
  const RefusedAccess::Request request{
      .method = route.method, .pattern = route.pattern, .status = status};
  RefusedAccess::Refusal refusal{.by = request};
  if (context.who) refusal.user = context.who->key;
  if (context.service) {
    refusal.service =
        RefusedAccess::Service{.id = context.service->id, .key = context.service->key};
  }
  ShardServices& services = context.services;
  const TurnTime now = context.time();
  auto detail = services.refused_access.entry_for(refusal, now.steady);
  if (!detail) return;
  services.accounts.audit(refusal.user, RefusedAccess::kAction, *std::move(detail), now.wall);
}

// Whose token it is; a refusal where it is nobody's.
asio::awaitable<std::optional<Problem>> admit(RequestContext& context, const Route& route) {
  auto token = bearer_token(context.request.head);
  if (!token) co_return problem(401, "an access token is needed");
  if (is_for_services(route, *token)) {
    co_return co_await admit_service(context, route, *std::move(token));
  }
  auto identity = co_await await_port<Identity>([&](Callback<Identity> done) {
    context.services.authenticator.authenticate(*std::move(token), context.now.wall,
                                                std::move(done));
  });
  if (!identity) co_return to_problem(identity.error());
  context.who = identity.value();
  co_return std::nullopt;
}

asio::awaitable<HttpResponse> run_handler(ShardServices& services, const HttpRequest& request,
                                          RouteMatch match) {
  RequestContext context{.services = services,
                         .request = request,
                         .parameters = std::move(match.parameters),
                         .who = std::nullopt,
                         .now = services.now(),
                         .route = match.route};
  if (match.route->access != RouteAccess::open) {
    if (const auto refusal = co_await admit(context, *match.route)) {
      audit_refusal(context, *match.route, refusal->status);
      co_return to_response(*refusal, request.correlation_id);
    }
  }
  KITH_FAILPOINT("http_handler");
  HttpResponse response = co_await match.route->handler(context);
  log_answer(context, *match.route, response.status);
  audit_refusal(context, *match.route, response.status);
  co_return response;
}

}  // namespace

std::optional<Problem> refusal_before_body(const HttpRequest& request,
                                           const std::vector<std::string>& segments) {
  if (request.method == HttpMethod::options) return std::nullopt;
  const RouteMatch match = router().match(request.method, segments);
  if (match.route == nullptr) {
    if (!match.allow.empty()) return no_such_method(match.allow);
    if (is_websocket_path(segments)) {
      if (request.method != HttpMethod::get) return no_such_method("GET");
      Problem refusal = problem(426, "this path takes WebSockets only");
      refusal.fields.push_back({"Upgrade", "websocket"});
      return refusal;
    }
    return problem(404, "there is nothing at this path");
  }
  if (match.route->body == RouteBody::json && !request.body_announced) {
    return fatal_problem(411, "a Content-Length is needed, 0 where there is no body");
  }
  if (match.route->body == RouteBody::json && request.body_bytes != 0) {
    const auto type = request.head.find("content-type");
    if (request.head.count("content-type") != 1 || !is_json_content_type(*type)) {
      return problem(415, "the body must be application/json");
    }
  }
  return std::nullopt;
}

asio::awaitable<HttpResponse> dispatch(ShardServices& services, const HttpRequest& request,
                                       std::vector<std::string> segments) {
  HttpResponse response;
  RouteMatch match = router().match(request.method, segments);
  if (request.method == HttpMethod::options) {
    const bool server_wide = segments.empty() && request.head.target == "*";
    const std::string all = "GET, HEAD, POST, PATCH, DELETE, OPTIONS";
    if (server_wide || !match.allow.empty()) {
      response = answer_options(services, request, server_wide ? all : match.allow);
    } else {
      response = to_response(problem(404, "there is nothing at this path"), request.correlation_id);
    }
  } else {
    try {
      response = co_await run_handler(services, request, std::move(match));
    } catch (const std::exception& error) {
      ++services.counters.handler_failures;
      log_event(LogLevel::error, "http.handler_failed",
                {{"correlation_id", request.correlation_id}, {"reason", error.what()}});
      response = to_response(fatal_problem(500, ""), request.correlation_id);
    }
  }
  co_return response;
}

}  // namespace kith
