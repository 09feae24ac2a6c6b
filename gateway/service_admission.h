// Lets another back end in by its service token, where the route takes one: routes for services
// alone, and those of users that have a scope, where X-Act-As names the user in whose name it is
// done. Whatever is wrong with a token is answered like a user's that does not hold, and audited
// alike.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http_router.h"

namespace kith {

// Is this token for admit_service() to judge, on this route?
bool is_for_services(const Route& route, std::string_view token);

// Sets `context.service`, and `context.who` where it acts for a user; or says why not. Of a token
// that holds, and lacks the scope, the service is set all the same.
boost::asio::awaitable<std::optional<Problem>> admit_service(RequestContext& context,
                                                             const Route& route, std::string token);

}  // namespace kith
