// The WebSocket handshake (RFC 6455 section 4.2), as far as the request goes: what Beast's own
// check lets pass (two keys, short keys, a body) is refused here (RELIABILITY 1.2).
#pragma once

#include <optional>
#include <string>

#include "gateway/config.h"
#include "gateway/http_message.h"
#include "gateway/problem.h"
#include "gateway/shard_services.h"

namespace kith {

bool asks_for_upgrade(const HttpRequest& request);

// Nothing where the handshake is in order; 403 is for its Origin alone.
std::optional<Problem> check_upgrade(const HttpRequest& request, const GatewayConfig& config);

// The token is not checked here: a bad one is answered after the upgrade (PROTOCOL section 2).
UpgradeRequest upgrade_request(const HttpRequest& request,
                               const std::vector<std::string>& segments);

// The whole 101 answer to a request that check_upgrade let pass.
std::string switching_protocols(const HttpRequest& request);

// "Bearer x" -> "x"; nothing for another scheme or an empty token.
std::optional<std::string> bearer_token(const HttpHead& head);

}  // namespace kith
