// What /proc says about a process, put to the proof on the test's own.
#include "bench/server_usage.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>
#include <thread>

namespace kith::bench {
namespace {

double thread_cpu_s() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void burn(double seconds) {
  volatile std::uint64_t sum = 0;
  const double until = thread_cpu_s() + seconds;
  while (thread_cpu_s() < until) sum = sum + 1;
}

TEST_CASE("CPU that a process burns shows, and its memory") {
  const auto before = process_usage(::getpid());
  REQUIRE(before);
  burn(0.2);
  const auto after = process_usage(::getpid());
  REQUIRE(after);
  const double used = after->cpu_s - before->cpu_s;
  CHECK(used >= 0.19);
  CHECK(used < 0.6);
  CHECK(after->store_cpu_s == before->store_cpu_s);
  CHECK(after->rss_bytes > 1'000'000);
}

TEST_CASE("memory shows when it is used, not when it is merely reserved") {
  constexpr std::size_t kBytes = 64 << 20;
  void* memory =
      ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  const auto before = process_usage(::getpid());
  std::memset(memory, 1, kBytes);
  const auto after = process_usage(::getpid());
  CHECK(::munmap(memory, kBytes) == 0);
  REQUIRE(before);
  REQUIRE(after);
  CHECK(after->rss_bytes > before->rss_bytes + kBytes * 9 / 10);
}

TEST_CASE("threads whose name begins with store are counted apart") {
  std::atomic<int> burned{0};
  std::atomic<bool> over{false};
  const auto burner = [&](const char* name, double seconds) {
    return std::thread([&, name, seconds] {
      ::pthread_setname_np(::pthread_self(), name);
      burn(seconds);
      ++burned;
      burned.notify_all();
      over.wait(false);  // a thread that has ended is not counted
    });
  };
  const auto before = process_usage(::getpid());
  std::thread store = burner("store-x", 0.3);
  std::thread other = burner("restore", 0.1);
  for (int count = burned; count < 2; count = burned) burned.wait(count);
  const auto after = process_usage(::getpid());
  over = true;
  over.notify_all();
  store.join();
  other.join();
  REQUIRE(before);
  REQUIRE(after);
  CHECK(after->store_cpu_s - before->store_cpu_s >= 0.29);
  CHECK(after->store_cpu_s - before->store_cpu_s < 0.5);
  CHECK(after->cpu_s - before->cpu_s >= 0.09);
  CHECK(after->cpu_s - before->cpu_s < 0.29);
}

TEST_CASE("a process that does not exist is an error that names it") {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  REQUIRE(child > 0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  const auto usage = process_usage(child);
  REQUIRE_FALSE(usage);
  CHECK(usage.error().code == ErrorCode::bad_request);
  CHECK(usage.error().message.find(std::to_string(child)) != std::string::npos);
  CHECK_FALSE(process_usage(-1));
}

TEST_CASE("a process that has ended and was not waited for is gone, too") {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  REQUIRE(child > 0);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);
  CHECK_FALSE(process_usage(child));
  REQUIRE(::waitpid(child, nullptr, 0) == child);
}

TEST_CASE("a process is known by the ports that it listens on") {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(listener >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(listener, generic, size) == 0);
  REQUIRE(::getsockname(listener, generic, &size) == 0);
  const std::uint16_t port = ntohs(address.sin_port);
  const auto before = listening_ports(::getpid());
  REQUIRE(before);
  CHECK_FALSE(before->contains(port));
  REQUIRE(::listen(listener, 1) == 0);
  const auto after = listening_ports(::getpid());
  REQUIRE(after);
  CHECK(after->contains(port));
  ::close(listener);
  CHECK_FALSE(listening_ports(-1));
}

}  // namespace
}  // namespace kith::bench
