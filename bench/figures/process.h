// A child process: pinned to a core, its output in files, ended when the object goes. Never touches
// a process that it did not start.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace kith::figures {

// SIGINT or SIGTERM came: whoever waits for a child gives up with this.
struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error("interrupted") {}
};
extern volatile std::sig_atomic_t interrupted;  // set by the handler

class Process {
 public:
  struct Start {
    std::vector<std::string> command;
    std::optional<int> core{};            // none: any
    std::filesystem::path output_file{};  // of stdout; made anew. Empty: /dev/null
    std::filesystem::path error_file{};   // of stderr
  };
  // Throws std::runtime_error. A command that cannot be executed ends with 127.
  explicit Process(const Start& start);
  ~Process();  // SIGKILL where it still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t id() const { return id_; }
  bool running();
  // The exit status, or 128 + the signal that ended it. Throws Interrupted, or std::runtime_error
  // where it still runs then.
  int wait(std::chrono::milliseconds patience);
  // SIGTERM, and SIGKILL where that does not help in time; the status as above.
  int stop(std::chrono::milliseconds patience);

 private:
  void run_child(const Start& start);
  bool reap(int options);

  pid_t id_ = -1;
  std::string name_;
  std::optional<int> status_;
};

// Nothing listens there at the moment, on 127.0.0.1.
std::uint16_t free_port();
bool accepts(std::uint16_t port);

std::string read_file(const std::filesystem::path& path);  // empty where there is none
// Whole or not at all. Throws std::runtime_error.
void write_file(const std::filesystem::path& path, const std::string& text);

// A directory of its own, gone with the object.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::filesystem::path& parent);
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace kith::figures
