// kith-bench against kithd: two implementations of the protocol that check each other.
#include <signal.h>

#include <thread>

#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

struct Population {
  int users = 1000;
  int rooms = 50;
  int members = 20;
};

TestServer seeded(const std::filesystem::path& seed_file, const Population& population,
                  std::vector<std::string> settings) {
  return TestServer(std::move(settings), [&](const std::filesystem::path& data) {
    const Output seeded =
        run({kithd(), "seed", "--data", data.string(), "--users", std::to_string(population.users),
             "--rooms", std::to_string(population.rooms), "--members",
             std::to_string(population.members), "--out", seed_file.string()});
    INFO(seeded.err);
    REQUIRE(seeded.status == 0);
  });
}

std::vector<std::string> rooms(const TestServer& server, const std::filesystem::path& seed_file,
                               int rate, int seconds) {
  return {kith_bench(),  "rooms",
          "--url",       "ws://" + server.address(),
          "--seed-file", seed_file.string(),
          "--rate",      std::to_string(rate),
          "--duration",  std::to_string(seconds)};
}

Json last_line(const std::string& text) {
  const auto end = text.find_last_not_of('\n');
  REQUIRE(end != std::string::npos);
  const auto begin = text.rfind('\n', end);
  return Json::parse(text.substr(begin == std::string::npos ? 0 : begin + 1, end - begin));
}

void check_exact(const Output& output) {
  INFO(output.out, output.err);
  CHECK(output.status == 0);
  const Json result = last_line(output.out);
  CHECK(result["ok"].flag());
  CHECK(result["lost"].number() == 0);
  CHECK(result["doubled"].number() == 0);
  CHECK(result["reordered"].number() == 0);
  CHECK(result["altered"].number() == 0);
  CHECK(result["unacked"].number() == 0);
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
  const auto out = directory.path() / "out";
  const auto err = directory.path() / "err";
  Process bench(
      {.command = rooms(server, seed_file, 200, 6), .stdout_file = out, .stderr_file = err});
  const auto deadline = Clock::now() + 60s;
  const auto runs = [&](const char* sign) {
    return read_file(err).find(sign) != std::string::npos;
  };
  // The live line of the second second: it is in the middle.
  while (!runs("   2.0 s") && bench.running() && Clock::now() < deadline) {
    std::this_thread::sleep_for(20ms);
  }
  server.kill();
  server.start();
  const int status = bench.wait(std::chrono::seconds(90));
  check_exact({.status = status, .out = read_file(out), .err = read_file(err)});
  CHECK(last_line(read_file(out))["reconnects"].number() == 1000);
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
  CHECK(nobody.status == 1);
  CHECK_FALSE(last_line(nobody.out)["ok"].flag());
}

}  // namespace
}  // namespace kith::test
