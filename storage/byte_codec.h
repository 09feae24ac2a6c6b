// Little-endian integers and length-prefixed texts in a string, and reading them back without
// believing any of it. A reader that has met something wrong stays failed, and yields zeros.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/ids.h"

namespace kith {

template <std::unsigned_integral T>
void put_integer(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
  }
}

inline void put_uuid(std::string& out, const Uuid& uuid) {
  out.append(reinterpret_cast<const char*>(uuid.data()), uuid.size());
}

// The length goes in front, as an integer of type Length; the caller knows that it fits.
template <std::unsigned_integral Length>
void put_text(std::string& out, std::string_view text) {
  put_integer(out, static_cast<Length>(text.size()));
  out += text;
}

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : left_(bytes) {}

  template <std::unsigned_integral T>
  T integer() {
    const std::string_view bytes = take(sizeof(T));
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) {
      value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
    }
    return static_cast<T>(value);
  }
  Uuid uuid() {
    Uuid out{};
    const std::string_view bytes = take(out.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) out[i] = static_cast<std::uint8_t>(bytes[i]);
    return out;
  }
  template <std::unsigned_integral Length>
  std::string text() {
    return std::string(take(integer<Length>()));
  }
  // A value of an enumeration whose members are first ... last; else failed.
  template <typename Enum>
  Enum enumeration(Enum first, Enum last) {
    const auto value = integer<std::uint8_t>();
    if (value < static_cast<std::uint8_t>(first) || value > static_cast<std::uint8_t>(last)) {
      fail();
      return first;
    }
    return static_cast<Enum>(value);
  }
  bool boolean() { return enumeration(Bit::zero, Bit::one) == Bit::one; }

  void fail() {
    failed_ = true;
    left_ = {};
  }
  std::size_t left() const { return left_.size(); }
  bool finished() const { return !failed_ && left_.empty(); }

 private:
  enum class Bit : std::uint8_t { zero, one };

  std::string_view take(std::size_t bytes) {
    if (failed_ || bytes > left_.size()) {
      fail();
      return {};
    }
    const std::string_view taken = left_.substr(0, bytes);
    left_.remove_prefix(bytes);
    return taken;
  }

  std::string_view left_;
  bool failed_ = false;
};

}  // namespace kith
