// The tests' own alarm: a server that ends behind a test's back, or says that something is wrong
// with itself.
#include <doctest/doctest.h>
#include <signal.h>

#include <filesystem>

#include "tests/support/broken_servers.h"
#include "tests/support/test_server.h"

namespace kith::test {
namespace {

constexpr const char* kCrash = "a server that crashes and nobody looks";
constexpr const char* kReport = "a server that leaves a report and nobody looks";
constexpr const char* kReportText = "==7==ERROR: AddressSanitizer: heap-use-after-free on address";

TEST_CASE("a server that crashes and nobody looks" * doctest::skip()) {
  TestServer server;
  CHECK(::kill(server.process().id(), SIGSEGV) == 0);
  const auto deadline = Clock::now() + kPatience;
  while (server.process().running()) REQUIRE(Clock::now() < deadline);
}

// And goes on, as after a report of UndefinedBehaviorSanitizer.
TEST_CASE("a server that leaves a report and nobody looks" * doctest::skip()) {
  const TemporaryDirectory directory;
  const auto program = directory.path() / "kithd";
  write_file(program, "#!/bin/sh\necho '" + std::string(kReportText) + "' >&2\nexec \"" + kithd() +
                          "\" \"$@\"\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  TestServer server({}, {}, {.program = program.string(), .environment = {}});
  CHECK(server.http().get("/healthz").status == 200);
}

Output run_alone(const char* test_case) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  return run({self, "--no-skip", std::string("--test-case=") + test_case});
}

TEST_CASE("a crash that no test has looked at fails the whole program") {
  const Output output = run_alone(kCrash);
  INFO(output.out, output.err);
  CHECK(output.out.find("1 passed") != std::string::npos);
  CHECK(output.err.find("BROKEN SERVER: ended by itself with ") != std::string::npos);
  CHECK(output.status == 1);
}

TEST_CASE("a report that no test has looked at fails the whole program, and is shown") {
  const Output output = run_alone(kReport);
  INFO(output.out, output.err);
  CHECK(output.out.find("1 passed") != std::string::npos);
  CHECK(output.err.find(std::string("BROKEN SERVER: ") + kReportText) != std::string::npos);
  CHECK(output.status == 1);
}

TEST_CASE("a report is told from a log") {
  for (const char* report : {
           kReportText,
           "==7==ERROR: LeakSanitizer: detected memory leaks",
           "WARNING: ThreadSanitizer: data race (pid=7)",
           "engine/hub.cc:41:17: runtime error: signed integer overflow: 2147483647 + 1",
           "engine/hub.cc:41: assertion failed: member != nullptr",
           "kithd: async.c:539: redisProcessCallbacks: Assertion `(c->flags)' failed.",
           "/usr/include/c++/12/bits/stl_vector.h:1123: operator[]: Assertion '__n < this->size()'"
           " failed.",
       }) {
    CAPTURE(report);
    CHECK(holds_report(report));
    CHECK(holds_report("{\"event\":\"server.ready\"}\n" + std::string(report) + "\n"));
  }
  for (const char* log : {
           "",
           R"({"level":"warn","event":"storage.warning","reason":"the disk is full"})",
           R"({"level":"error","event":"handler_failed","reason":"failpoint command_handler"})",
       }) {
    CAPTURE(log);
    CHECK_FALSE(holds_report(log));
  }
}

}  // namespace
}  // namespace kith::test
