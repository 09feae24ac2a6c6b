// What kith-bench was asked to do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/assertion.h"
#include "bench/scenarios.h"

namespace kith::bench {

// As --json: the line alone goes to standard output, and all else to standard error.
inline constexpr const char* kStandardOutput = "-";

struct CommandLine {
  Report (*scenario)(const Seed&, const RunOptions&) = nullptr;  // null: compare
  RunOptions options;
  std::string seed_file;
  std::string json_file;
  std::string html_file;
  std::vector<Assertion> assertions;
  std::string compare_a;
  std::string compare_b;
};

// None: go on. Otherwise the exit code: 0 after --help, 2 after a line about what is wrong.
std::optional<int> parse_command_line(int argc, const char* const* argv, CommandLine& line);

}  // namespace kith::bench
