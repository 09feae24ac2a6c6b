// The answer to a WebSocket handshake's key (RFC 6455 section 4.2.2), by OpenSSL's SHA-1
// and base64, and what a JWT's payload needs to be read.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace kith::limit {

std::array<std::uint8_t, 20> sha1(std::string_view text);
std::string base64(std::string_view bytes);
// The alphabet of URLs, without padding; what is no letter of it ends the text.
std::string from_base64url(std::string_view text);

// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string websocket_accept(std::string_view key);

}  // namespace kith::limit
