// Tokens that say nothing: 32 random bytes as base64url behind a prefix that tells their kind. What
// is stored is their hash alone; a plain hash will do, since there is nothing to be guessed.
#pragma once

#include <string>
#include <string_view>

#include "engine/ports/accounts.h"

namespace kith {

struct OpaqueToken {
  std::string text;
  TokenHash hash{};
};
OpaqueToken opaque_token_of(std::string_view prefix, std::string_view bytes);
OpaqueToken new_opaque_token(std::string_view prefix);
TokenHash hash_opaque_token(std::string_view text);

inline constexpr std::string_view kServiceTokenPrefix = "svc_";

}  // namespace kith
