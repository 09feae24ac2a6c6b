// The memory store and SQLite live the same random lives and must not be told apart. A failure
// names the seed and the step; the same seed lives the same life again. KITH_TWINS=FIRST:COUNT in
// the environment lives others, and more of them.
#include <cstdlib>

#include "tests/storage/twins.h"

namespace kith {
namespace {

TEST_CASE("the memory store and SQLite cannot be told apart") {
  constexpr int kSteps = 300;
  std::uint64_t first = 1;
  std::uint64_t count = 12;
  if (const char* wanted = std::getenv("KITH_TWINS")) {
    char* rest = nullptr;
    first = std::strtoull(wanted, &rest, 10);
    if (*rest == ':') count = std::strtoull(rest + 1, nullptr, 10);
  }
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    Twins twins(seed);
    for (int step = 0; step < kSteps; ++step) twins.step();
    twins.compare_all();
  }
}

}  // namespace
}  // namespace kith
