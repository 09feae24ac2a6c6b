// A command line of kith-bench, what was understood of it, and what was said about it.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/command_line.h"

namespace kith::bench {

// What is written to a descriptor while this lives.
class Captured {
 public:
  explicit Captured(int descriptor)
      : descriptor_(descriptor), file_(std::tmpfile()), kept_(::dup(descriptor)) {
    REQUIRE(file_ != nullptr);
    flush();
    REQUIRE(::dup2(::fileno(file_), descriptor_) >= 0);
  }
  ~Captured() {
    flush();
    ::dup2(kept_, descriptor_);
    ::close(kept_);
    std::fclose(file_);
  }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  std::string text() {
    flush();
    std::string out(static_cast<std::size_t>(::lseek(::fileno(file_), 0, SEEK_END)), '\0');
    const auto got = ::pread(::fileno(file_), out.data(), out.size(), 0);
    out.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return out;
  }

 private:
  static void flush() {
    std::cout.flush();
    std::cerr.flush();
    std::fflush(nullptr);
  }

  int descriptor_;
  std::FILE* file_;
  int kept_;
};

struct Parsed {
  std::optional<int> exit_code;
  CommandLine line;
  std::string out;
  std::string err;
};

inline Parsed parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "kith-bench");
  std::vector<const char*> argv;
  for (const auto& argument : arguments) argv.push_back(argument.c_str());
  Parsed parsed;
  Captured out(STDOUT_FILENO);
  Captured err(STDERR_FILENO);
  parsed.exit_code = parse_command_line(static_cast<int>(argv.size()), argv.data(), parsed.line);
  parsed.out = out.text();
  parsed.err = err.text();
  return parsed;
}

inline Parsed parse(std::string scenario, std::vector<std::string> more) {
  std::vector<std::string> arguments = {std::move(scenario), "--url", "ws://127.0.0.1:8080",
                                        "--seed-file", "seed.json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return parse(std::move(arguments));
}

struct Scenario {
  const char* name;
  Report (*run)(const Seed&, const RunOptions&);
};
inline const Scenario kScenarios[] = {{"rooms", run_rooms},     {"broadcast", run_broadcast},
                                      {"sends", run_sends},     {"idle", run_idle},
                                      {"storm", run_storm},     {"slow", run_slow},
                                      {"rewards", run_rewards}, {"crud", run_crud}};

}  // namespace kith::bench
