// UTF-8 as RFC 3629 has it: table 3-7 of the Unicode standard says which bytes may follow which, so
// looking at one range per byte also refuses overlong forms, surrogates and what is above U+10FFFF,
// at the first byte that makes it so.
#include <cstring>

#include "protocol/frame.h"

namespace kith {
namespace {

std::size_t ascii_prefix(std::string_view bytes) {
  constexpr std::uint64_t kTops = 0x8080'8080'8080'8080;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, bytes.data() + i, sizeof eight);
    if ((eight & kTops) != 0) break;
  }
  while (i < bytes.size() && static_cast<unsigned char>(bytes[i]) < 0x80) ++i;
  return i;
}

}  // namespace

bool Utf8Validator::feed(std::string_view bytes) {
  std::size_t i = 0;
  while (i < bytes.size()) {
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    if (pending_ > 0) {
      if (byte < low_ || byte > high_) return false;
      low_ = 0x80;
      high_ = 0xBF;
      --pending_;
      ++i;
    } else if (byte < 0x80) {
      i += ascii_prefix(bytes.substr(i));
    } else {
      if (byte < 0xC2 || byte > 0xF4) return false;
      pending_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
      if (byte == 0xE0) low_ = 0xA0;
      if (byte == 0xED) high_ = 0x9F;
      if (byte == 0xF0) low_ = 0x90;
      if (byte == 0xF4) high_ = 0x8F;
      ++i;
    }
  }
  return true;
}

}  // namespace kith
