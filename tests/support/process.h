// A child process of the test's own: its output in files, ended when the object goes. Never touches
// a process that it did not start.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/socket.h"

namespace kith::test {

class Process {
 public:
  struct User {
    uid_t user = 0;
    gid_t group = 0;
  };
  struct Start {
    std::vector<std::string> command;
    std::filesystem::path stdout_file{};  // appended to; empty: /dev/null
    std::filesystem::path stderr_file{};
    std::vector<std::pair<std::string, std::string>> environment{};  // besides the test's own
    std::optional<User> user{};                                      // as whom; only root may say
  };
  explicit Process(const Start& start);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t id() const { return id_; }
  void signal(int number);
  // The exit status, or 128 + the signal that ended it. Throws where it still runs then.
  int wait(std::chrono::milliseconds patience = kPatience);
  bool running();
  // It has ended, and nobody has waited for that or sent a signal: by itself.
  bool ended_unasked() { return !asked_ && !running(); }

 private:
  bool reap(bool block);

  pid_t id_ = -1;
  std::optional<int> status_;
  bool asked_ = false;
};

// Runs to the end.
struct Output {
  int status = 0;
  std::string out;
  std::string err;
};
Output run(std::vector<std::string> command,
           std::vector<std::pair<std::string, std::string>> environment = {});

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, std::string_view text);

// A directory of its own, gone with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace kith::test
