#include "gateway/rest/history_cursor.h"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace kith {

namespace {

// The seq, big-endian, and four bytes of SHA-256 over the chat's id and the seq.
constexpr std::size_t kSeqBytes = 8;
constexpr std::size_t kCheckBytes = 4;
using Raw = std::array<unsigned char, kSeqBytes + kCheckBytes>;
constexpr int kCursorVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::string_view kPrefix = "h1_";

Raw raw_cursor(const ChatId& chat, Seq before) {
  Raw raw{};
  for (std::size_t i = 0; i < kSeqBytes; ++i) {
    raw[i] = static_cast<unsigned char>(before >> (8 * (kSeqBytes - 1 - i)));
  }
  std::array<unsigned char, 16 + kSeqBytes> covered{};
  std::copy(chat.uuid.begin(), chat.uuid.end(), covered.begin());
  std::copy_n(raw.begin(), kSeqBytes, covered.begin() + 16);
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), covered.data(), covered.size());
  std::copy_n(digest.begin(), kCheckBytes, raw.begin() + kSeqBytes);
  return raw;
}

}  // namespace

std::string encode_history_cursor(const ChatId& chat, Seq before) {
  const Raw raw = raw_cursor(chat, before);
  std::string digits(sodium_base64_encoded_len(raw.size(), kCursorVariant), '\0');
  sodium_bin2base64(digits.data(), digits.size(), raw.data(), raw.size(), kCursorVariant);
  digits.pop_back();  // the terminator
  return std::string(kPrefix) + digits;
}

std::optional<Seq> decode_history_cursor(const ChatId& chat, std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  const auto digits = text.substr(kPrefix.size());
  Raw raw{};
  std::size_t size = 0;
  const int read = sodium_base642bin(raw.data(), raw.size(), digits.data(), digits.size(), nullptr,
                                     &size, nullptr, kCursorVariant);
  if (read != 0 || size != raw.size()) return std::nullopt;
  Seq before = 0;
  for (std::size_t i = 0; i < kSeqBytes; ++i) before = (before << 8) | raw[i];
  // To the letter as we write it: libsodium 1.0.18 takes some bytes above 0x7F for digits.
  if (encode_history_cursor(chat, before) != text) return std::nullopt;
  return before;
}

}  // namespace kith
