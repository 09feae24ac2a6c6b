// Which web pages may talk to this server: those of the same origin and those that the
// configuration lists, compared exactly (RELIABILITY 3.1: cross-site WebSocket hijacking). Who
// sends no Origin is no browser and is not concerned.
#pragma once

#include <string_view>

#include "gateway/config.h"
#include "gateway/http_message.h"

namespace kith {

enum class OriginVerdict : std::uint8_t { absent, same, listed, foreign };

// The scheme is not compared with our own: TLS may end in a proxy in front.
OriginVerdict judge_origin(const HttpHead& head, const GatewayConfig& config);

// The fields that both look at, for a head that is refused before it becomes a request.
HttpHead origin_of(const HttpHead& head);

// Adds what a listed origin's browser must see to hand the answer to its page, unless the answer is
// open to all origins already.
void add_cors_fields(const HttpHead& head, const GatewayConfig& config, HttpResponse& response);

}  // namespace kith
