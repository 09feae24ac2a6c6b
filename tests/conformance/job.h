// A case made ready to run: data made into a job by its group (websocket_case.h, http_case.h).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kith::test {

struct Site;  // runner.h

struct Sites {
  std::unique_ptr<Site> usual;
  std::unique_ptr<Site> impatient;  // short deadlines, low limits
};

struct Job {
  std::string id;
  std::string section;  // what demands it
  bool waits = false;   // for a deadline of the server's: begins before the others
  // Nothing, or in words what was expected and what came. May throw std::runtime_error.
  std::function<std::optional<std::string>(const Sites&)> run;
};

struct Group {
  std::string name;
  std::size_t cases_min = 0;      // fewer than these and some were lost
  std::size_t log_lines_max = 0;  // that they may leave: hostile bytes are not to fill a disk
  std::vector<Job> jobs;
};

// `expect` holds alternatives, with " | " between them.
std::optional<std::string> judge(const std::string& expect, const std::string& seen);

}  // namespace kith::test
