#include "storage/sql_event_cursor.h"

#include <sodium.h>

#include <vector>

namespace kith {
namespace {

constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::size_t kBytes = 8;  // of a number, the highest first

std::string text_of(const std::vector<unsigned char>& bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kVariant);
  text.resize(text.size() - 1);  // the NUL
  return text;
}

}  // namespace

std::string encode_event_cursor(std::span<const std::int64_t> numbers) {
  std::vector<unsigned char> bytes;
  bytes.reserve(numbers.size() * kBytes);
  for (const std::int64_t number : numbers) {
    const auto value = static_cast<std::uint64_t>(number);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes.push_back(static_cast<unsigned char>(value >> shift));
    }
  }
  return text_of(bytes);
}

bool decode_event_cursor(std::string_view text, std::span<std::int64_t> numbers) {
  std::vector<unsigned char> bytes(numbers.size() * kBytes);
  std::size_t length = 0;
  if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &length,
                        nullptr, kVariant) != 0 ||
      length != bytes.size()) {
    return false;
  }
  // libsodium 1.0.18 takes some bytes above 0x7F for digits.
  if (text_of(bytes) != text) return false;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::uint64_t value = 0;
    for (std::size_t byte = 0; byte < kBytes; ++byte) value = value << 8 | bytes[i * kBytes + byte];
    numbers[i] = static_cast<std::int64_t>(value);
  }
  return true;
}

}  // namespace kith
