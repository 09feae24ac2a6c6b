// What kith-bench says of a run that did not go well, or not at all: the reason, the exit code, and
// never that something is lost which is only late.
#include <signal.h>

#include <set>

#include "tests/support/bench_run.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

namespace fs = std::filesystem;

// A hundred people in ten rooms, for all that needs no other server.
BenchTown& verdict_town() {
  static BenchTown town({.users = 100, .rooms = 10, .members = 10}, {"shards=2"});
  return town;
}

// One line that names it, and nothing that looks like a report.
void check_never_began(const Output& output, std::string_view named) {
  INFO(output.out, output.err);
  CHECK(output.status == 2);
  CHECK(output.out.empty());
  CHECK(says(output.err, named));
}

TEST_CASE("an interrupted run ends at once, with its report, and is no success") {
  BenchRun bench(verdict_town().command("rooms", {"--rate", "50", "--duration", "60"}));
  bench.await_second(1);
  bench.process().signal(SIGINT);
  const auto asked = Clock::now();
  const Output output = bench.finish();
  INFO(output.out, output.err);
  CHECK(Clock::now() - asked < 10s);
  CHECK(output.status == 1);
  const Json result = last_line(output.out);
  CHECK(result["failure"].text() == "interrupted");
  CHECK(result["sent"].number() >= 40);
  CHECK(result["delivered"].number() > 0);
  CHECK(result["lost"].number() == 0);
  CHECK(output.out.find("broke off: interrupted") != std::string::npos);
}

TEST_CASE("a server that dies for good ends the run, with its report, exit 1") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  TestServer server = seeded(seed_file, {.users = 20, .rooms = 2, .members = 10}, {kUnlimited});
  BenchRun bench(bench_command(server, seed_file, "rooms",
                               {"--rate", "50", "--duration", "60", "--reconnect-for", "1"}));
  bench.await_second(1);
  server.kill();
  const Output output = bench.finish();
  INFO(output.out, output.err);
  CHECK(output.status == 1);
  const Json result = last_line(output.out);
  CHECK_FALSE(result["ok"].flag());
  CHECK(result["lost"].number() == 0);
  CHECK(result["failure"].text().find("could not come back") != std::string::npos);
  CHECK(result["sent"].number() >= 40);
  CHECK(output.out.find("broke off: ") != std::string::npos);
}

TEST_CASE("what slow readers had not read when the run was interrupted is late, not lost") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  const TestServer server =
      seeded(seed_file, {.users = 50, .rooms = 1, .members = 50}, {"shards=2", kUnlimited});
  BenchRun bench(bench_command(server, seed_file, "slow",
                               {"--slow", "5", "--rate", "50", "--duration", "12"}));
  bench.await_second(7);  // they have stopped reading a second ago
  bench.process().signal(SIGINT);
  const Output output = bench.finish();
  INFO(output.out, output.err);
  CHECK(output.status == 1);
  const Json result = last_line(output.out);
  CHECK(result["lost"].number() == 0);
  CHECK(result["not_come"].number() > 0);
  CHECK(says(output.out, "had not come yet when it ended"));
  CHECK(says(output.out, "broke off: interrupted"));
}

TEST_CASE("what never ran is exit 2, and says why") {
  const BenchTown& rooms = verdict_town();
  const std::string url = "ws://" + rooms.server.address();
  const auto with = [](const std::string& target, const fs::path& seed_file,
                       const std::vector<std::string>& more) {
    std::vector<std::string> command = {kith_bench(), "rooms",       "--url",
                                        target,       "--seed-file", seed_file.string(),
                                        "--duration", "0.2"};
    command.insert(command.end(), more.begin(), more.end());
    return run(command);
  };
  const auto check_never_ran = [](const Output& output, std::string_view reason) {
    INFO(output.out, output.err);
    CHECK(output.status == 2);
    CHECK(says(output.out, "could not begin: "));
    CHECK(says(output.out, reason));
    CHECK_FALSE(last_line(output.out)["ok"].flag());
  };
  check_never_ran(with(url + "/nowhere", rooms.seed_file, {}), "answered with 404");
  const Output down = with("ws://127.0.0.1:" + std::to_string(free_port()), rooms.seed_file,
                           {"--reconnect-for", "2"});
  check_never_ran(down, "Connection refused");
  CHECK(says(down.err, "connecting: 0 of 100 ready  (Connection refused; trying again for 2 s)"));

  const auto other = rooms.directory.path() / "other.json";
  write_file(other, R"({"users":[{"id":"usr_1","token":"x"},{"id":"usr_2","token":"y"}],)"
                    R"("chats":[{"id":"chat_1","members":["usr_1","usr_2"]}]})");
  check_never_ran(with(url, other, {}), "is the seed file of another data directory");

  const auto nowhere = (rooms.directory.path() / "no" / "file").string();
  check_never_began(with(url, rooms.seed_file, {"--json", nowhere}),
                    "--json: cannot write " + nowhere);
  check_never_began(with(url, rooms.seed_file, {"--report", nowhere}), "--report: cannot write");
  check_never_began(with(url, rooms.seed_file, {"--history", nowhere}), nowhere);
  check_never_began(with(url, rooms.seed_file, {"--server-pid", "999999999"}), "999999999");
  check_never_began(with(url, rooms.seed_file, {"--assert", "p98_ms<5"}), "p98_ms");
  check_never_began(with(url + "5555", rooms.seed_file, {}), "5555");
}

TEST_CASE("a report that cannot be written hides nothing: what was wrong is still exit 1") {
  const auto ran = [](const std::vector<std::string>& more) {
    std::vector<std::string> options = {"--rate", "50", "--duration", "0.3"};
    options.insert(options.end(), more.begin(), more.end());
    return run(verdict_town().command("rooms", options));
  };
  for (const char* option : {"--json", "--report"}) {
    CAPTURE(option);
    // It can be opened, and takes nothing.
    const Output well = ran({option, "/dev/full"});
    INFO(well.out, well.err);
    CHECK(well.status == 2);
    CHECK(says(well.err, "cannot write /dev/full"));
    CHECK(last_line(well.out)["ok"].flag());
    const Output wrong = ran({option, "/dev/full", "--assert", "connections<1"});
    INFO(wrong.out, wrong.err);
    CHECK(wrong.status == 1);
    CHECK(says(wrong.err, "cannot write /dev/full"));
    CHECK(says(wrong.out, "assert failed: connections<1"));
  }
}

TEST_CASE("a process that serves nothing is no --server-pid; one that serves elsewhere is odd") {
  const BenchTown& rooms = verdict_town();
  const auto command = [&](pid_t pid) {
    return rooms.command(
        "rooms", {"--rate", "50", "--duration", "0.3", "--server-pid", std::to_string(pid)});
  };
  BenchRun idle(rooms.command("rooms", {"--rate", "10", "--duration", "60"}));
  idle.await_second(1);
  check_never_began(run(command(idle.process().id())), "listens on no port");
  idle.process().signal(SIGINT);
  CHECK(idle.finish().status == 1);
  TestServer other;
  const Output odd = run(command(other.process().id()));
  check_clean(odd);
  CHECK(says(odd.out, "does not listen on port"));
  CHECK(last_line(odd.out)["cautions"].size() == 1);
}

TEST_CASE("a scenario that would test nothing is refused") {
  const BenchTown& rooms = verdict_town();
  check_never_began(run(rooms.command("storm", {"--bystanders", "100"})), "nobody to be cut off");
  check_never_began(run(rooms.command("slow", {"--slow", "100"})), "--slow 100");
}

TEST_CASE("a run that the server's limits shaped says so") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  const TestServer server =
      seeded(seed_file, {.users = 4, .rooms = 1, .members = 4}, {"limits.messages_per_minute=10"});
  const Output output = run(bench_command(server, seed_file, "rooms",
                                          {"--rate", "100", "--duration", "0.6", "--drain", "1"}));
  INFO(output.out, output.err);
  const Json result = last_line(output.out);
  CHECK(result["rate_limited"].number() > 0);
  CHECK(result["lost"].number() == 0);
  CHECK(says(output.out, "warning: The server's limits shaped this run"));
  CHECK(says(output.out, "limits.messages_per_minute=0"));
}

TEST_CASE("a server that is started anew has no figures, and the run is whole") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  TestServer server = seeded(seed_file, {.users = 20, .rooms = 2, .members = 10}, {kUnlimited});
  BenchRun bench(bench_command(
      server, seed_file, "rooms",
      {"--rate", "50", "--duration", "4", "--server-pid", std::to_string(server.process().id())}));
  bench.await_second(1);
  server.kill();
  server.start();
  const Output output = bench.finish();
  check_clean(output);
  CHECK(says(output.out, "of --server-pid ended; there are no figures of it"));
  const Json usage = last_line(output.out)["server"];
  CHECK(usage["cpu_s"].is_null());
  CHECK(usage["rss_bytes"].is_null());
}

}  // namespace
}  // namespace kith::test
