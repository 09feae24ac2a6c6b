// The load runs that mostly wait, all at the same time, each in a process of its own: what they
// wait for (a ping's time, a stall's, a deadline's) does not get longer by it. One of them alone:
//
//   kith_chaos_tests --no-skip --test-case="half-open*"
//
// KITH_CHAOS_LONG=1 has the numbers of a release; they are then better run one by one.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace kith::test {
namespace {

constexpr const char* kRuns[] = {
    "half-open clients*",   "slow readers*", "slowloris*",
    "descriptors used up*", "starved of*",   "a crowd that is starved*",
    "frozen for*",          "log pipe*",     "SIGTERM under load*",
};
constexpr auto kPatience = std::chrono::minutes(5);

struct Run {
  std::string name;
  std::filesystem::path output;
  std::unique_ptr<Process> process;
};

TEST_CASE("load that waits: all of it at once") {
  const TemporaryDirectory directory;
  std::vector<Run> runs;
  for (const char* name : kRuns) {
    const auto output = directory.path() / std::to_string(runs.size());
    runs.push_back({.name = name,
                    .output = output,
                    .process = std::make_unique<Process>(Process::Start{
                        .command = {"/proc/self/exe", "--no-skip", "--no-intro", "--duration=true",
                                    "--test-case=" + std::string(name)},
                        .stdout_file = output,
                        .stderr_file = output})});
  }
  for (Run& run : runs) {
    const int status = run.process->wait(kPatience);
    const std::string text = read_file(run.output);
    MESSAGE(text);
    CHECK_MESSAGE(status == 0, run.name);
    CHECK_MESSAGE(text.find(" 1 passed | 0 failed") != std::string::npos, run.name);
  }
}

}  // namespace
}  // namespace kith::test
