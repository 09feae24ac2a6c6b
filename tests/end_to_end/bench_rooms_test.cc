// kith-bench against kithd: two implementations of the protocol that check each other.
#include <csignal>
#include <thread>

#include "tests/support/bench_run.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

std::vector<std::string> rooms(const TestServer& server, const std::filesystem::path& seed_file,
                               int rate, int seconds) {
  return bench_command(server, seed_file, "rooms",
                       {"--rate", std::to_string(rate), "--duration", std::to_string(seconds)});
}

void check_exact(const Output& output) {
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["delivered"].number() == result["sent"].number() * 19);
}

KITH_ON_SHARDS("a thousand people in fifty rooms: nothing lost, doubled or reordered") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  const TestServer server =
      seeded(seed_file, {}, {Shards::kSetting, "limits.messages_per_minute=0"});
  check_exact(run(rooms(server, seed_file, 200, 4)));
}

KITH_ON_SHARDS("and also when the server is killed in the middle and started again") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  TestServer server = seeded(seed_file, {}, {Shards::kSetting, "limits.messages_per_minute=0"});
  BenchRun bench(rooms(server, seed_file, 200, 6));
  bench.await_second(2);  // it is in the middle
  server.kill();
  server.start();
  const Output output = bench.finish();
  check_exact(output);
  CHECK(last_line(output.out)["reconnects"].number() == 1000);
}

KITH_ON_SHARDS("and while connections break and come back all the time") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  const TestServer server = seeded(seed_file, {.users = 200, .rooms = 10},
                                   {Shards::kSetting, "limits.messages_per_minute=0"});
  auto command = rooms(server, seed_file, 500, 5);
  command.insert(command.end(), {"--breaks", "100"});
  const Output output = run(command);
  check_exact(output);
  CHECK(last_line(output.out)["reconnects"].number() > 100);
}

// 30 MB a message are more than a turn writes, so most of the crowd waits for later ones: some of
// them for a socket that breaks meanwhile.
KITH_ON_SHARDS("a crowd that takes longer than a turn to write to, while connections break") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  const TestServer server = seeded(seed_file, {.users = 1000, .rooms = 1, .members = 1000},
                                   {Shards::kSetting, "limits.messages_per_minute=0"});
  auto command = rooms(server, seed_file, 5, 4);
  command.insert(command.end(), {"--payload", "30000", "--breaks", "50"});
  const Output output = run(command);
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["delivered"].number() == result["sent"].number() * 999);
  CHECK(result["reconnects"].number() > 10);  // of 200 that a quick machine gets
}

// Frozen while messages are due: what would have been sent and was not must not vanish from the
// figures (coordinated omission).
TEST_CASE("a server that stands still for a second shows a second, of the message due then") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  TestServer server =
      seeded(seed_file, {.users = 200, .rooms = 10}, {"shards=1", "limits.messages_per_minute=0"});
  BenchRun bench(rooms(server, seed_file, 200, 5));
  bench.await_second(2);
  server.process().signal(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::seconds(1));  // the fault itself
  server.process().signal(SIGCONT);
  const Output output = bench.finish();
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["ack_ms"]["max"].real() >= 900);
  CHECK(result["delivery_ms"]["max"].real() >= 900);
  // A fifth of all was due meanwhile, evenly: a tenth waited for half a second or more.
  CHECK(result["delivery_ms"]["p99"].real() >= 700);
}

TEST_CASE("a client that stands still says that it was late itself") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  const TestServer server =
      seeded(seed_file, {.users = 200, .rooms = 10}, {"shards=1", "limits.messages_per_minute=0"});
  BenchRun bench(rooms(server, seed_file, 200, 4));
  bench.await_second(2);
  bench.process().signal(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // the fault itself
  bench.process().signal(SIGCONT);
  const Output output = bench.finish();
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["late_sends"].number() > 0);
  CHECK(result["late_max_ms"].real() >= 400);
  CHECK(output.out.find("This client was behind its own schedule") != std::string::npos);
}

TEST_CASE("a bench that cannot run says why in one line") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  const Output missing =
      run({kith_bench(), "rooms", "--url", "ws://127.0.0.1:1", "--seed-file", seed_file.string()});
  CHECK(missing.status == 2);
  CHECK(missing.err.find(seed_file.string()) != std::string::npos);
  write_file(seed_file, R"({"users":[{"id":"usr_1","token":"x"},{"id":"usr_2","token":"y"}],)"
                        R"("chats":[{"id":"chat_1","members":["usr_1","usr_2"]}]})");
  const Output nobody =
      run({kith_bench(), "rooms", "--url", "ws://127.0.0.1:" + std::to_string(free_port()),
           "--seed-file", seed_file.string(), "--reconnect-for", "1"});
  CHECK(nobody.status == 2);
  CHECK_FALSE(last_line(nobody.out)["ok"].flag());
  CHECK(nobody.out.find("could not begin: usr_") != std::string::npos);
  CHECK(nobody.out.find(": could not connect in the time given: Connection refused") !=
        std::string::npos);
}

}  // namespace
}  // namespace kith::test
