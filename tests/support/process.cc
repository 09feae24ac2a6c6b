#include "tests/support/process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace kith::test {
namespace {

void redirect(const std::filesystem::path& path, int descriptor) {
  const char* name = path.empty() ? "/dev/null" : path.c_str();
  const int file = ::open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(126);
  ::close(file);
}

}  // namespace

Process::Process(const Start& start) {
  std::vector<char*> arguments;
  for (const auto& argument : start.command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  id_ = ::fork();
  if (id_ < 0) throw std::runtime_error("fork failed");
  if (id_ > 0) return;
  redirect(start.stdout_file, STDOUT_FILENO);
  redirect(start.stderr_file, STDERR_FILENO);
  if (start.user && (::setgroups(0, nullptr) != 0 || ::setgid(start.user->group) != 0 ||
                     ::setuid(start.user->user) != 0)) {
    ::_exit(126);
  }
  // A test that crashes leaves nothing behind. Behind setuid(), which takes this back.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const auto& [name, value] : start.environment) ::setenv(name.c_str(), value.c_str(), 1);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

Process::~Process() {
  if (!running()) return;
  ::kill(id_, SIGKILL);
  reap(true);
}

void Process::signal(int number) {
  if (!running()) return;
  asked_ = asked_ || number == SIGTERM || number == SIGINT || number == SIGKILL;
  ::kill(id_, number);
}

bool Process::reap(bool block) {
  if (status_) return true;
  int status = 0;
  pid_t ended = -1;
  do {
    ended = ::waitpid(id_, &status, block ? 0 : WNOHANG);
  } while (ended < 0 && errno == EINTR);
  if (ended != id_) return false;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

bool Process::running() {
  return id_ > 0 && !reap(false);
}

int Process::wait(std::chrono::milliseconds patience) {
  asked_ = true;
  if (reap(false)) return *status_;
  // The kernel says when it has ended; nothing to poll for.
  const int watch = static_cast<int>(::syscall(SYS_pidfd_open, id_, 0));
  if (watch < 0) throw std::runtime_error("pidfd_open failed");
  pollfd entry{.fd = watch, .events = POLLIN, .revents = 0};
  const int ready = ::poll(&entry, 1, static_cast<int>(patience.count()));
  ::close(watch);
  if (ready <= 0) throw std::runtime_error("the process still runs");
  reap(true);
  return *status_;
}

Output run(std::vector<std::string> command,
           std::vector<std::pair<std::string, std::string>> environment) {
  const TemporaryDirectory directory;
  const auto out = directory.path() / "out";
  const auto err = directory.path() / "err";
  Process process({.command = std::move(command),
                   .stdout_file = out,
                   .stderr_file = err,
                   .environment = std::move(environment)});
  const int status = process.wait(std::chrono::minutes(3));
  return {.status = status, .out = read_file(out), .err = read_file(err)};
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "kith-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
  if (error) std::fprintf(stderr, "%s: %s\n", path_.c_str(), error.message().c_str());
}

}  // namespace kith::test
