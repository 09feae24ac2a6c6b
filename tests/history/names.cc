#include "tests/history/names.h"

namespace kith::test {

std::uint64_t fingerprint(std::string_view text) {
  if (text.empty()) return 0;
  std::uint64_t hash = 0xCBF29CE484222325;  // FNV-1a, then the mixer of splitmix64
  for (const char letter : text) {
    hash = (hash ^ static_cast<std::uint8_t>(letter)) * 0x100000001B3;
  }
  hash = (hash ^ hash >> 30U) * 0xBF58476D1CE4E5B9;
  hash = (hash ^ hash >> 27U) * 0x94D049BB133111EB;
  hash ^= hash >> 31U;
  return hash == 0 ? 1 : hash;
}

Index Names::of(std::string_view name) {
  const auto found = indices_.find(name);
  if (found != indices_.end()) return found->second;
  const auto [placed, fresh] =
      indices_.emplace(std::string(name), static_cast<Index>(names_.size()));
  names_.push_back(&placed->first);
  return placed->second;
}

}  // namespace kith::test
