// A scenario's options as they were typed, and what they mean.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "bench/command_line.h"

namespace kith::bench {

// As they were given.
struct Texts {
  std::string_view scenario;
  std::vector<std::string> urls;
  std::string payload = "64";
  std::string mix = "send=1";
  std::string operations{};  // crud's --mix; empty: its own shares
  std::vector<std::string> asserts;
  double duration_s = 10;
  double ramp_s = 0;
  double settle_s = 0;
  double drain_s = 20;
  double reconnect_s = 30;
  double ready_s = 120;
  std::vector<pid_t> server_pids;
  bool no_reconnect = false;
};

// "5", "5s", "500ms", "2m" or "1h" becomes a number of seconds. What is wrong, or nothing.
std::string as_seconds(std::string& text);

// What was typed, so that it can be pasted into a shell.
std::string shell_line(int argc, const char* const* argv);

// How to read what `compare` prints.
extern const char* const kCompareHelp;

// All that --assert can name in a report of the scenario, in lines that fit a terminal.
std::string assert_names(std::string_view scenario);

// Fills in what the option parser could not by itself. bad_request: one line that names what is
// wrong.
Status understand(const Texts& texts, CommandLine& line);

}  // namespace kith::bench
