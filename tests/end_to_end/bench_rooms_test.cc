// kith-bench against kithd: two implementations of the protocol that check each other.
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

TEST_CASE("a bench that cannot run says why in one line") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  const Output missing =
      run({kith_bench(), "rooms", "--url", "ws://127.0.0.1:1", "--seed-file", seed_file.string()});
  CHECK(missing.status == 2);
  CHECK(missing.err.find(seed_file.string()) != std::string::npos);
  write_file(seed_file, R"({"users":[{"id":"usr_1","token":"x"}],)"
                        R"("chats":[{"id":"chat_1","members":["usr_1"]}]})");
  const Output nobody =
      run({kith_bench(), "rooms", "--url", "ws://127.0.0.1:" + std::to_string(free_port()),
           "--seed-file", seed_file.string(), "--reconnect-for", "1"});
  CHECK(nobody.status == 2);
  CHECK_FALSE(last_line(nobody.out)["ok"].flag());
  CHECK(nobody.out.find("could not begin: usr_1: could not connect in the time given: "
                        "Connection refused") != std::string::npos);
}

}  // namespace
}  // namespace kith::test
