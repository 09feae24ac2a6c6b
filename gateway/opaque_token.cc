#include "gateway/opaque_token.h"

#include <sodium.h>

#include <array>

#include "gateway/jwt_base64.h"

namespace kith {

TokenHash hash_opaque_token(std::string_view text) {
  TokenHash hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return hash;
}

OpaqueToken opaque_token_of(std::string_view prefix, std::string_view bytes) {
  OpaqueToken token{.text = std::string(prefix) + base64url_encode(bytes), .hash = {}};
  token.hash = hash_opaque_token(token.text);
  return token;
}

OpaqueToken new_opaque_token(std::string_view prefix) {
  constexpr std::size_t kRandomBytes = 32;
  std::array<char, kRandomBytes> random{};
  randombytes_buf(random.data(), random.size());
  return opaque_token_of(prefix, {random.data(), random.size()});
}

}  // namespace kith
