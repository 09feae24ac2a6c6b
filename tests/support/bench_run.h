// kith-bench against the test's own kithd: a seeded server, a run, and the report of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/json.h"
#include "tests/support/process.h"
#include "tests/support/test_server.h"

namespace kith::test {

// A server whose messages no limit holds back.
inline constexpr const char* kUnlimited = "limits.messages_per_minute=0";

struct Population {
  int users = 1000;
  int rooms = 50;
  int members = 20;
  int clubs = 0;
  int club_members = 0;  // 0: everybody
};

// A server whose data `kithd seed` has filled before its first start; their tokens are in
// `seed_file`.
TestServer seeded(const std::filesystem::path& seed_file, const Population& population,
                  std::vector<std::string> settings);

// The command line of a scenario; `more` are further arguments.
std::vector<std::string> bench_command(const TestServer& server,
                                       const std::filesystem::path& seed_file, std::string scenario,
                                       const std::vector<std::string>& more);

// A server of a test's own with people in rooms, whom no limit holds back, for many runs.
class BenchTown {
 public:
  BenchTown(const Population& population, std::vector<std::string> settings);

  std::vector<std::string> command(std::string scenario,
                                   const std::vector<std::string>& more) const {
    return bench_command(server, seed_file, std::move(scenario), more);
  }
  // The same by way of a proxy.
  std::vector<std::string> command_to(std::uint16_t port, std::string scenario,
                                      const std::vector<std::string>& more) const;

  TemporaryDirectory directory;
  std::filesystem::path seed_file = directory.path() / "seed.json";
  TestServer server;
};

// Does it stand in it?
bool says(const std::string& text, std::string_view part);

// The JSON with which kith-bench's output ends; fails the test where there is none.
Json last_line(const std::string& text);

// Nothing lost, doubled, reordered, altered, unanswered or refused, and exit 0.
void check_clean(const Output& output);

// One of the server's figures: the sum over all label sets, or of the one that `name` gives.
double metric(const TestServer& server, const std::string& name);

// A run in the background, for tests that do something in its middle.
class BenchRun {
 public:
  explicit BenchRun(std::vector<std::string> command);

  // Until it has reported so many seconds of load (or has ended).
  void await_second(int second);
  Process& process() { return process_; }
  Output finish();  // waits for its end

 private:
  TemporaryDirectory directory_;
  Process process_;
};

}  // namespace kith::test
