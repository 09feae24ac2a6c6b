// The memory store and SQLite live the same random lives and must not be told apart. A failure
// names the seed and the step; the same seed lives the same life again.
#include "tests/storage/twins.h"

namespace kith {
namespace {

TEST_CASE("the memory store and SQLite cannot be told apart") {
  constexpr std::uint64_t kSeeds = 12;
  constexpr int kSteps = 300;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Twins twins(seed);
    for (int step = 0; step < kSteps; ++step) twins.step();
    twins.compare_all();
  }
}

}  // namespace
}  // namespace kith
