// base64url without padding (RFC 4648 section 5), as JWS has it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kith {

std::string base64url_encode(std::string_view bytes);
// Strict: no padding, no whitespace, no character outside the alphabet, and the unused low bits of
// the last one are zero, so that each byte string has exactly one text.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace kith
