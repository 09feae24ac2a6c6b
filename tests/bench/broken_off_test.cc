// Runs that come to nothing: what is said, and of whom.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "bench/figures/process.h"
#include "bench/limit/tcp_limit.h"
#include "bench/scenarios.h"
#include "tests/bench/parsed_command_line.h"
#include "tests/bench/report_line.h"
#include "tests/support/await.h"

namespace kith::bench {
namespace {

using namespace std::chrono_literals;

// Whoever kith-bench is to meet: bare TCP, in a process of its own, since only a signal ends it.
class BareServer {
 public:
  BareServer() : port_(figures::free_port()), id_(::fork()) {
    REQUIRE(id_ >= 0);
    if (id_ == 0) serve();
    REQUIRE(test::await_condition(std::chrono::steady_clock::now() + 30s, 20ms,
                                  [&] { return figures::accepts(port_); }));
  }
  ~BareServer() {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  BareServer(const BareServer&) = delete;
  BareServer& operator=(const BareServer&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  [[noreturn]] void serve() const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
      limit::TcpLimit(port_).run();
    } catch (const std::exception&) {
      ::_exit(1);
    }
    ::_exit(0);
  }

  std::uint16_t port_;
  pid_t id_;
};

Seed two_users() {
  Seed seed;
  seed.users = {{.id = "usr_01J0000000000000000000000A", .token = "a.e30.c", .chats = {0}},
                {.id = "usr_01J0000000000000000000000B", .token = "a.e30.c", .chats = {0}}};
  seed.chats = {{.id = "chat_01J0000000000000000000000A", .members = {0, 1}}};
  return seed;
}

RunOptions options_for(std::uint16_t port) {
  RunOptions options;
  options.client.nodes = parse_nodes({fmt::format("ws://127.0.0.1:{}", port)}).value();
  return options;
}

TEST_CASE("an idle run that is interrupted in its silence sends nothing, and says what ended it") {
  const BareServer server;
  RunOptions options = options_for(server.port());
  options.duration = 60s;
  const Seed seed = two_users();
  const auto before = std::signal(SIGALRM, [](int) { interrupted = 1; });
  ::alarm(2);
  const Captured err(STDERR_FILENO);
  const Report report = run_idle(seed, options);
  std::signal(SIGALRM, before);
  interrupted = 0;
  CHECK(report.began);
  CHECK(report.failure == "interrupted");
  CHECK(report.seconds < 30);
  CHECK(report.sent == 0);
  CHECK(report.unacked == 0);
  REQUIRE(failures(report).size() == 1);
  CHECK(failures(report)[0] == "broke off: interrupted");
}

TEST_CASE("at a port where nobody listens one is told of the time that --ready leaves") {
  RunOptions options = options_for(figures::free_port());
  options.ready_within = 1500ms;
  const Seed seed = two_users();
  Captured err(STDERR_FILENO);
  const Report report = run_idle(seed, options);
  CHECK_FALSE(report.began);
  CHECK(contains(err.text(),
                 "connecting: 0 of 2 ready  (Connection refused; trying again for 1.5 "
                 "s)"));
  CHECK(contains(report.failure, "within the --ready of 1.5 s"));
}

}  // namespace
}  // namespace kith::bench
