// A socket as the engine knows it.
#pragma once

#include <cstdint>

namespace kith {

// Never dangles: a slot and its generation; one that is gone is ignored.
struct SessionRef {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  bool operator==(const SessionRef&) const = default;
};

}  // namespace kith
