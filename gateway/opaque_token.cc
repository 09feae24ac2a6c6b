#include "gateway/opaque_token.h"

#include <sodium.h>

#include <array>

namespace kith {

TokenHash hash_opaque_token(std::string_view text) {
  TokenHash hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return hash;
}

OpaqueToken new_opaque_token(std::string_view prefix) {
  constexpr std::size_t kRandomBytes = 32;
  std::array<unsigned char, kRandomBytes> random{};
  randombytes_buf(random.data(), random.size());
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string digits(sodium_base64_encoded_len(random.size(), kVariant), '\0');
  sodium_bin2base64(digits.data(), digits.size(), random.data(), random.size(), kVariant);
  digits.pop_back();  // the terminator
  OpaqueToken token{.text = std::string(prefix) + digits, .hash = {}};
  token.hash = hash_opaque_token(token.text);
  return token;
}

}  // namespace kith
