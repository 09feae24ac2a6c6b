#include "protocol/keyed_hash.h"

#include <random>

namespace kith {

HashKey draw_hash_key() {
  std::random_device device;
  const auto draw = [&device] {
    return static_cast<std::uint64_t>(device()) << 32 | static_cast<std::uint64_t>(device());
  };
  const std::uint64_t first = draw();
  return {.first = first, .second = draw()};
}

}  // namespace kith
