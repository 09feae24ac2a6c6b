// The memory store and a SQL store live the same random lives and must not be told apart. A failure
// names the seed and the step; the same seed lives the same life again. KITH_TWINS=FIRST:COUNT in
// the environment lives others, and more of them.
#include <cstdlib>

#include "tests/storage/twins.h"

namespace kith {
namespace {

TEST_CASE_TEMPLATE("the memory store and another cannot be told apart", Adapter, SqliteAdapter,
                   PostgresAdapter) {
  constexpr int kSteps = 300;
  std::uint64_t first = 1;
  // Lives are dearer where each step is a commit of another process.
  std::uint64_t count = std::string_view(Adapter::kUrl) == PostgresAdapter::kUrl ? 3 : 12;
  if (const char* wanted = std::getenv("KITH_TWINS")) {
    char* rest = nullptr;
    first = std::strtoull(wanted, &rest, 10);
    if (*rest == ':') count = std::strtoull(rest + 1, nullptr, 10);
  }
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    Twins twins(seed, Adapter::kUrl);
    for (int step = 0; step < kSteps; ++step) twins.step();
    twins.compare_all();
  }
}

}  // namespace
}  // namespace kith
