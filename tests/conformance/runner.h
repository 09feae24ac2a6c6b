// Runs many jobs against one server, side by side: most of their time is waiting. What all have in
// common is here: that each is named when it fails, with what was expected and what came, and that
// the server answers on another connection afterwards.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/conformance/job.h"
#include "tests/support/test_server.h"

namespace kith::test {

// A running kithd with a user and a chat of theirs. Used from many threads; what is here is only
// read after it was made.
struct Site {
  explicit Site(std::vector<std::string> settings);

  TestServer server;
  User user;
  std::string chat;
  std::string other_chat;  // of the same user
};

inline constexpr const char* kImpatientSecret = "what the impatient site signs its tokens with";
std::unique_ptr<Site> usual_site();
std::unique_ptr<Site> impatient_site();

struct Failure {
  std::string id;
  std::string what;
};

// Every job once, those that wait first; on `threads` threads.
std::vector<Failure> run_jobs(const std::vector<Job>& jobs, const Sites& sites, unsigned threads);

// What must hold when all is over: no session and no connection is left, and the log is no longer
// than it may be.
std::vector<Failure> check_afterwards(const Site& site, const std::string& name,
                                      std::size_t log_lines_max);

}  // namespace kith::test
