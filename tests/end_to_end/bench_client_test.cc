// What kith-bench says of itself and of what was in the way: a client that stood still, connections
// that broke and why, slow readers that nobody noticed, servers that are none.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "tests/support/bench_run.h"
#include "tests/support/shared_server.h"
#include "tests/support/tcp_proxy.h"

namespace kith::test {
namespace {

BenchTown& forty() {
  static BenchTown town({.users = 40, .rooms = 4, .members = 10}, {"shards=1"});
  return town;
}

// Takes connections, and answers whatever comes with `answer`; where that is empty, never.
class PlainServer {
 public:
  explicit PlainServer(std::string answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* bound = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener_, bound, size) == 0);
    REQUIRE(::listen(listener_, 128) == 0);
    REQUIRE(::getsockname(listener_, bound, &size) == 0);
    port_ = ntohs(address.sin_port);
    if (!answer_.empty()) thread_ = std::thread([this] { serve(); });
  }
  ~PlainServer() {
    ::shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(listener_);
  }
  PlainServer(const PlainServer&) = delete;
  PlainServer& operator=(const PlainServer&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  void serve() {
    for (;;) {
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      char request[4096];
      if (::recv(client, request, sizeof request, 0) > 0) {
        static_cast<void>(::send(client, answer_.data(), answer_.size(), MSG_NOSIGNAL));
      }
      ::close(client);
    }
  }

  const std::string answer_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST_CASE("a client that was stopped for a second says so, in a closed loop too") {
  for (const std::vector<std::string>& load :
       {std::vector<std::string>{"broadcast", "--in-flight", "2", "--duration", "3"},
        {"idle", "--duration", "3"}}) {
    CAPTURE(load[0]);
    BenchRun bench(forty().command(load[0], {load.begin() + 1, load.end()}));
    bench.await_second(1);
    bench.process().signal(SIGSTOP);
    std::this_thread::sleep_for(std::chrono::seconds(1));  // the fault itself
    bench.process().signal(SIGCONT);
    const Output output = bench.finish();
    check_clean(output);
    const Json result = last_line(output.out);
    CHECK(result["client_longest_pause_ms"].real() >= 900);
    CHECK(result["client_threads"][0]["longest_pause_ms"].real() >= 900);
    CHECK(says(output.out, "warning: This client stood still"));
    CHECK(says(output.out, "; longest pause "));
  }
}

TEST_CASE("a client that waits for its core says so") {
  const auto busy = [] {
    return Process({.command = {"/bin/sh", "-c", "exec taskset -c 0 sh -c 'while :; do :; done'"}});
  };
  const Process one = busy();
  const Process two = busy();
  auto command = forty().command("rooms", {"--rate", "300", "--duration", "2"});
  command.insert(command.begin(), {"/bin/sh", "-c", "exec taskset -c 0 nice -n 5 \"$@\"", "sh"});
  const Output output = run(command);
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["client_waited_percent"].real() >= 10);
  CHECK(result["client_threads"][0]["waited_percent"].real() >= 10);
  CHECK(says(output.out, "warning: This client had to wait for a core that others had"));
}

TEST_CASE("why connections broke is counted, and how long the client then kept away by itself") {
  const BenchTown& rooms = forty();
  TcpProxy proxy(rooms.server.port());
  BenchRun bench(rooms.command_to(proxy.port(), "rooms", {"--rate", "100", "--duration", "5"}));
  bench.await_second(1);
  proxy.refuse(true);
  proxy.cut_all();
  bench.await_second(2);
  proxy.refuse(false);
  const Output output = bench.finish();
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["reconnects"].number() == 40);
  std::int64_t broke = 0;
  for (const char* why : {"Connection reset by peer", "End of file", "Broken pipe"}) {
    const Json count = result["troubles"]["broke"][why];
    if (count.present()) broke += count.number();
  }
  CHECK(broke == 40);
  CHECK(says(output.out, "connections broke:"));
  CHECK(says(output.out, "attempts to connect failed:"));
  CHECK(result["offline_ms"]["max"].real() > 0);
  CHECK(result["reconnect_wait_ms"]["max"].real() <= result["offline_ms"]["max"].real());
  CHECK(says(output.out, "note: 40 connections broke and came back: away for p50 "));
  CHECK(result["remarks"].size() >= 1);
}

TEST_CASE("errors are counted by their code") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  const TestServer server =
      seeded(seed_file, {.users = 4, .rooms = 1, .members = 4}, {"limits.messages_per_minute=10"});
  const Output output = run(bench_command(server, seed_file, "rooms",
                                          {"--rate", "100", "--duration", "0.6", "--drain", "1s"}));
  INFO(output.out, output.err);
  const Json result = last_line(output.out);
  CHECK(result["troubles"]["errors"]["rate_limited"].number() == result["rate_limited"].number());
  CHECK(says(output.out, "errors that were answered:"));
}

TEST_CASE("what is no server of this kind is refused at once, with the reason") {
  const BenchTown& rooms = forty();
  const auto check_never_ran = [&](std::uint16_t port, std::string_view reason,
                                   const std::vector<std::string>& more) {
    const auto asked = Clock::now();
    const Output output = run(rooms.command_to(port, "rooms", more));
    INFO(output.out, output.err);
    CHECK(output.status == 2);
    CHECK(says(output.out, "could not begin: "));
    CHECK(says(output.out, reason));
    CHECK(Clock::now() - asked < 14s);  // with --reconnect-for it would be 30 s
  };
  const PlainServer garbage("-ERR wrong number of arguments\r\n");
  check_never_ran(garbage.port(), "what listens there is no WebSocket server", {});
  const PlainServer web("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  check_never_ran(web.port(), "the upgrade was answered with 200", {});
  const PlainServer silent("");
  check_never_ran(silent.port(), "not everybody could connect within the --ready of 2 s: 0 of 40",
                  {"--ready", "2s"});
}

TEST_CASE("a storm without bystanders runs, and one has no figures of them") {
  const Output output = run(forty().command(
      "storm", {"--missed", "5", "--bystanders", "0", "--rate", "50", "--duration", "0.5"}));
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["figures"]["clients"].number() == 36);
  CHECK(result["delivered"].number() == 36 * 5);
  CHECK(result["figures"]["bystander_storm_p99_ms"].is_null());
}

TEST_CASE("slow readers that the server had room for are pointed out, others are measured each") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  const TestServer server =
      seeded(seed_file, {.users = 10, .rooms = 1, .members = 10},
             {"shards=1", kUnlimited, "limits.outbound_bytes=530000", "limits.frame_bytes=17000"});
  const auto slow = [&](const std::vector<std::string>& more) {
    return run(bench_command(server, seed_file, "slow", more));
  };
  const Output unnoticed = slow({"--slow", "4", "--rate", "50", "--duration", "1"});
  check_clean(unnoticed);
  const Json figures = last_line(unnoticed.out)["figures"];
  CHECK(figures["slow_fell_behind"].number() == 0);
  CHECK(says(unnoticed.out, "Of 4 slow clients the server noticed 0"));
  // Nobody had to wait for the next look at a clock.
  CHECK(figures["slow_caught_up_p50_s"].real() <= figures["slow_caught_up_s"].real());

  // Three seconds of sixty messages a second, 8 kB each: 1.4 MB.
  const Output noticed =
      slow({"--slow", "4", "--rate", "60", "--payload", "8000", "--duration", "6"});
  check_clean(noticed);
  const Json result = last_line(noticed.out);
  CHECK(result["figures"]["slow_fell_behind"].number() >= 4);
  CHECK(result["figures"]["slow_unread_bytes"].real() > 1'000'000);
  CHECK(result["figures"]["slow_caught_up_s"].real() > 0);
  CHECK_FALSE(says(noticed.out, "slow clients the server noticed"));
}

TEST_CASE(
    "fewer connections than users are members of the first chats; nobody alone is let begin") {
  const Output output =
      run(forty().command("rooms", {"--connections", "10", "--rate", "50", "--duration", "0.5"}));
  check_clean(output);
  CHECK(last_line(output.out)["chats"].number() == 1);
  CHECK(last_line(output.out)["delivered"].number() == last_line(output.out)["sent"].number() * 9);
  for (const char* scenario : {"rooms", "broadcast", "idle"}) {
    const Output refused = run(forty().command(scenario, {"--connections", "1"}));
    INFO(refused.out, refused.err);
    CHECK(refused.status == 2);
    CHECK(refused.out.empty());
    CHECK(says(refused.err, "nothing to be delivered: there is only one connection"));
    CHECK_FALSE(says(refused.err, "ready"));
  }
}

TEST_CASE("--json - is one line on standard output, and everything else is beside it") {
  const Output output =
      run(forty().command("rooms", {"--rate", "20", "--duration", "500ms", "--json", "-"}));
  INFO(output.out, output.err);
  CHECK(output.status == 0);
  CHECK(std::ranges::count(output.out, '\n') == 1);
  CHECK(last_line(output.out)["ok"].flag());
  CHECK(says(output.err, "  ok\n"));
  const Output version = run({kith_bench(), "--version"});
  CHECK(version.status == 0);
  CHECK(version.out.starts_with("kith-bench "));
}

}  // namespace
}  // namespace kith::test
