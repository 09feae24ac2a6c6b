#include <algorithm>

#include "tests/fuzz/fuzz.h"

namespace kith::fuzz {

namespace {

std::vector<Target>& all_targets() {
  static std::vector<Target> all;
  return all;
}

}  // namespace

const std::vector<Target>& targets() {
  return all_targets();
}

bool add_target(Target target) {
  all_targets().push_back(target);
  return true;
}

std::uint8_t Input::byte() {
  if (rest_.empty()) return 0;
  const auto value = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return value;
}

std::uint64_t Input::number() {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | byte();
  return value;
}

std::string_view Input::text() {
  const std::size_t announced = byte();
  const std::size_t size = std::min(announced, rest_.size());
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::string_view Input::rest() {
  const std::string_view taken = rest_;
  rest_ = {};
  return taken;
}

std::vector<std::size_t> cuts(std::size_t size, std::uint64_t seed) {
  std::vector<std::size_t> out;
  const std::size_t largest = (seed & 3) == 0   ? 1
                              : (seed & 3) == 1 ? 7
                              : (seed & 3) == 2 ? 64
                                                : 2048;
  while (size > 0) {
    // xorshift64* (Vigna 2016): any numbers will do, the same for the same input.
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    const auto drawn = static_cast<std::size_t>((seed * 0x2545'F491'4F6C'DD1D) >> 33);
    const std::size_t piece = std::min(size, 1 + drawn % largest);
    out.push_back(piece);
    size -= piece;
    seed |= 4;  // never all zeros
  }
  return out;
}

}  // namespace kith::fuzz
