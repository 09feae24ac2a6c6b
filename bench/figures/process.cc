#include "bench/figures/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace kith::figures {
namespace {

constexpr rlim_t kDescriptors = 65'536;
// How soon a signal that came just before the wait is noticed.
constexpr std::chrono::milliseconds kLook{500};

void redirect(const std::filesystem::path& path, int descriptor) {
  const char* name = path.empty() ? "/dev/null" : path.c_str();
  const int file = ::open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || ::dup2(file, descriptor) < 0) ::_exit(126);
  ::close(file);
}

// Where it is not allowed to have that many, as many as it may.
void raise_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlimit wanted{.rlim_cur = kDescriptors, .rlim_max = std::max(limit.rlim_max, kDescriptors)};
  if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

class Socket {
 public:
  Socket() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (descriptor_ < 0) throw std::runtime_error("no socket to be had");
  }
  ~Socket() { ::close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

volatile std::sig_atomic_t interrupted = 0;

Process::Process(const Start& start) : name_(start.command.front()) {
  id_ = ::fork();
  if (id_ < 0) throw std::runtime_error("fork failed");
  if (id_ == 0) run_child(start);
}

void Process::run_child(const Start& start) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing stays behind, whatever ends the parent
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  redirect(start.output_file, STDOUT_FILENO);
  redirect(start.error_file, STDERR_FILENO);
  raise_descriptors();
  if (start.core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<std::size_t>(*start.core), &cores);
    if (::sched_setaffinity(0, sizeof cores, &cores) != 0) ::_exit(126);
  }
  std::vector<char*> arguments;
  for (const auto& argument : start.command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

Process::~Process() {
  if (!running()) return;
  ::kill(id_, SIGKILL);
  reap(0);
}

bool Process::reap(int options) {
  if (status_) return true;
  int status = 0;
  pid_t ended = -1;
  do {
    ended = ::waitpid(id_, &status, options);
  } while (ended < 0 && errno == EINTR);
  if (ended != id_) return false;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

bool Process::running() {
  return !reap(WNOHANG);
}

int Process::wait(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  // The kernel says when it has ended.
  const int watch = static_cast<int>(::syscall(SYS_pidfd_open, id_, 0));
  if (watch < 0 && running()) throw std::runtime_error("pidfd_open failed");
  while (running() && interrupted == 0 && std::chrono::steady_clock::now() < until) {
    pollfd entry{.fd = watch, .events = POLLIN, .revents = 0};
    ::poll(&entry, 1, static_cast<int>(kLook.count()));
  }
  if (watch >= 0) ::close(watch);
  if (status_) return *status_;
  if (interrupted != 0) throw Interrupted();
  throw std::runtime_error(name_ + " did not come to its end in time");
}

int Process::stop(std::chrono::milliseconds patience) {
  if (running()) ::kill(id_, SIGTERM);
  try {
    return wait(patience);
  } catch (const Interrupted&) {
    throw;
  } catch (const std::runtime_error&) {
    ::kill(id_, SIGKILL);
    reap(0);
    return *status_;
  }
}

std::uint16_t free_port() {
  const Socket socket;
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), generic, size) != 0 ||
      ::getsockname(socket.get(), generic, &size) != 0) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

bool accepts(std::uint16_t port) {
  const Socket socket;
  const sockaddr_in address = loopback(port);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path beside = path.string() + ".part";
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(beside, path, error);
  if (!file || error) throw std::runtime_error("cannot write " + path.string());
}

TemporaryDirectory::TemporaryDirectory(const std::filesystem::path& parent) {
  std::string pattern = (parent / "figures-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw std::runtime_error("cannot make a directory in " + parent.string());
  }
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
  if (error) fmt::print(stderr, "{}: {}\n", path_.string(), error.message());
}

}  // namespace kith::figures
