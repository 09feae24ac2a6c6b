// Names as small numbers, and texts as fingerprints: what makes a million records fit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kith::test {

using Line = std::uint64_t;
using Seq = std::uint64_t;
using Index = std::uint32_t;  // of a client, channel, user, message

constexpr Index kNone = 0xFFFFFFFF;

// 64 bits: by the million, a clash is a matter of one in ten million runs, and raises an alarm
// that a look at the lines refutes; it hides nothing for good.
std::uint64_t fingerprint(std::string_view text);

constexpr std::uint64_t both(Index high, Index low) {
  return std::uint64_t{high} << 32U | low;
}

class Names {
 public:
  Index of(std::string_view name);
  const std::string& name(Index index) const { return *names_[index]; }
  std::size_t size() const { return names_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return fingerprint(text); }
  };
  std::unordered_map<std::string, Index, Hash, std::equal_to<>> indices_;
  std::vector<const std::string*> names_;  // the map's keys do not move
};

}  // namespace kith::test
