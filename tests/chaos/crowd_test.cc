// What the load runs measure with: where nothing was measured, that is not a good figure.
#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/chaos/crowd.h"

namespace kith::test {
namespace {

TEST_CASE("a crowd that has seen nothing has no p99") {
  Crowd crowd(Crowd::Options{});
  CHECK_THROWS_AS(crowd.p99_ms(0ms), std::runtime_error);
}

}  // namespace
}  // namespace kith::test
