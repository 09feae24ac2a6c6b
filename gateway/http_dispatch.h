// From a request that is in order to its answer: CORS, route, authentication, handler. No socket in
// it. What a handler throws becomes a 500 and a log line.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "gateway/http_router.h"

namespace kith {

// What can be refused before the body is read; nothing where the body may come.
std::optional<Problem> refusal_before_body(const HttpRequest& request,
                                           const std::vector<std::string>& segments);

boost::asio::awaitable<HttpResponse> dispatch(ShardServices& services, const HttpRequest& request,
                                              std::vector<std::string> segments);

}  // namespace kith
