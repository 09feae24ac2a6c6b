// The tests' own alarm: a server that ends behind a test's back.
#include <doctest/doctest.h>
#include <signal.h>

#include <filesystem>

#include "tests/support/test_server.h"

namespace kith::test {
namespace {

constexpr const char* kQuiet = "a server that crashes and nobody looks";

TEST_CASE("a server that crashes and nobody looks" * doctest::skip()) {
  TestServer server;
  CHECK(::kill(server.process().id(), SIGSEGV) == 0);
  const auto deadline = Clock::now() + kPatience;
  while (server.process().running()) REQUIRE(Clock::now() < deadline);
}

TEST_CASE("a crash that no test has looked at fails the whole program") {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  const Output output = run({self, "--no-skip", std::string("--test-case=") + kQuiet});
  INFO(output.out, output.err);
  CHECK(output.out.find("1 passed") != std::string::npos);
  CHECK(output.err.find("BROKEN SERVER: ended by itself with ") != std::string::npos);
  CHECK(output.status == 1);
}

}  // namespace
}  // namespace kith::test
