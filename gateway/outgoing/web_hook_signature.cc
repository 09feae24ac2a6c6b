#include "gateway/outgoing/web_hook_signature.h"

#include <sodium.h>

#include <array>

namespace kith {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kKeyBytesMin = 24;
constexpr std::size_t kKeyBytesMax = 64;
constexpr int kVariant = sodium_base64_VARIANT_ORIGINAL;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::optional<WebHookSecret> WebHookSecret::parse(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  std::string key(kKeyBytesMax, '\0');
  std::size_t length = 0;
  const int failed =
      sodium_base642bin(reinterpret_cast<unsigned char*>(key.data()), key.size(), text.data(),
                        text.size(), nullptr, &length, nullptr, kVariant);
  if (failed != 0 || length < kKeyBytesMin) return std::nullopt;
  key.resize(length);
  return WebHookSecret(std::move(key));
}

std::string WebHookSecret::sign(std::string_view id, std::int64_t timestamp,
                                std::string_view body) const {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes_of(key_), key_.size());
  const std::string head = std::string(id) + '.' + std::to_string(timestamp) + '.';
  crypto_auth_hmacsha256_update(&state, bytes_of(head), head.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(body), body.size());
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
  crypto_auth_hmacsha256_final(&state, mac.data());
  std::string text(sodium_base64_encoded_len(mac.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), mac.data(), mac.size(), kVariant);
  text.pop_back();  // the terminator
  return "v1," + text;
}

}  // namespace kith
