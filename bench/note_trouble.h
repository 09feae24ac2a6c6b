// What others say becomes a name in a report: short, printable, and not too many of them.
#pragma once

#include <string>
#include <string_view>

#include "bench/troubles.h"

namespace kith::bench {

inline void note_trouble(Troubles::Counts& counts, std::string_view what) {
  constexpr std::size_t kLengthMax = 64;
  constexpr std::size_t kNamesMax = 64;
  std::string name;
  for (const char letter : what.substr(0, kLengthMax)) {
    const bool plain = letter >= ' ' && letter <= '~' && letter != '"' && letter != '\\';
    name += plain ? letter : '?';
  }
  if (counts.size() >= kNamesMax && !counts.contains(name)) name = "others";
  ++counts[name];
}

}  // namespace kith::bench
