// Which handler answers which path. Routes are matched on decoded segments; every path stands at
// the root and under /api/v1 alike (PROTOCOL section 7).
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/service_accounts.h"
#include "gateway/http_message.h"
#include "gateway/problem.h"
#include "gateway/shard_services.h"

namespace kith {

struct Route;

// One request on its way through its handler. Lives in the connection's coroutine, which outlives
// the handler's.
struct RequestContext {
  ShardServices& services;
  const HttpRequest& request;
  std::vector<std::string> parameters;    // what the path's {…} stand for, in order
  std::optional<Identity> who;            // set where the route is for users
  std::optional<ServiceActor> service{};  // set where another back end asks, for `who` or nobody
  TurnTime now;                           // when the request was read
  const Route* route = nullptr;           // that it came by
  bool hidden = false;  // answered as though the route were not there, for who they are

  Actor actor() const { return {.user = who->user, .key = who->key, .now = now.wall}; }
  // The clock's, later: the handler has waited for something.
  TurnTime time() const { return services.now(); }
};

// user: a good access token is needed, or where the route has a scope a service's, for a user.
// service: a service's token with the route's scope.
enum class RouteAccess : std::uint8_t { open, user, service };
enum class RouteBody : std::uint8_t { none, json };

namespace rest {
using Answer = boost::asio::awaitable<HttpResponse>;
}
using HttpHandler = rest::Answer (*)(RequestContext& context);

struct Route {
  HttpMethod method;
  std::string_view pattern;  // "/chats/{chat_id}/messages"
  RouteAccess access;
  RouteBody body;
  HttpHandler handler;
  std::optional<ServiceScope> scope{};
};

struct RouteMatch {
  const Route* route = nullptr;  // nothing: no such path, or not with that method
  std::vector<std::string> parameters;
  std::string allow;  // the methods of this path, "GET, HEAD"; empty: no such path
};

class Router {
 public:
  explicit Router(std::span<const Route> routes);

  // HEAD finds the route of GET.
  RouteMatch match(HttpMethod method, const std::vector<std::string>& segments) const;

 private:
  struct Entry {
    const Route* route;
    std::vector<std::string_view> segments;
  };
  std::vector<Entry> entries_;
};

// All routes of the product (rest/routes.h).
const Router& router();

// Paths that take WebSockets. `segments` without the /api/v1 in front.
inline constexpr std::array<std::string_view, 2> kWebSocketPaths = {"/ws", "/chats/{chat_id}"};
bool is_websocket_path(const std::vector<std::string>& segments);

// The segments behind /api/v1, or all of them.
std::vector<std::string> without_api_prefix(std::vector<std::string> segments);

}  // namespace kith
