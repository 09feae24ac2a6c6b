// What a run says that may not have as many connections as it needs.
#include "bench/descriptors.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <stdexcept>
#include <string>

#include "bench/report_text.h"
#include "tests/bench/report_line.h"

namespace kith::bench {
namespace {

TEST_CASE(
    "who may not have as many descriptors is told how many it takes, and how many there are") {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  if (limit.rlim_max == RLIM_INFINITY) return;
  std::string said;
  try {
    allow_descriptors(3'000'000'000);  // more than the kernel lets anybody have
  } catch (const std::runtime_error& error) {
    said = error.what();
  }
  CAPTURE(said);
  CHECK(contains(said, "3,000,000,000 connections need 3,000,000,064 file descriptors"));
  CHECK(contains(said, "this process may have " + grouped(std::uint64_t{limit.rlim_max})));
  CHECK(contains(said, "`ulimit -n 3000000064`"));
  CHECK_NOTHROW(allow_descriptors(1));
}

}  // namespace
}  // namespace kith::bench
