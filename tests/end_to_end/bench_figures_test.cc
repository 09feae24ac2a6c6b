// The limits and what `./dev bench` does with them. The bare TCP server must go on speaking what
// kith-bench says: kith-bench's own verdict is the proof.
#include <doctest/doctest.h>
#include <signal.h>

#include <filesystem>

#include "tests/support/bench_run.h"
#include "tests/support/postgres_server.h"

namespace kith::test {
namespace {

namespace fs = std::filesystem;

// A population that no server ever looks at.
fs::path seed_file(const TemporaryDirectory& directory) {
  fs::path file = directory.path() / "seed.json";
  const Output seeded =
      run({KITH_KITHD, "seed", "--data", (directory.path() / "data").string(), "--users", "40",
           "--rooms", "4", "--members", "10", "--out", file.string()});
  INFO(seeded.err);
  REQUIRE(seeded.status == 0);
  return file;
}

TEST_CASE("the bare TCP server delivers everything once and in order, and ends when told to") {
  const TemporaryDirectory directory;
  const auto seed = seed_file(directory);
  const std::string port = std::to_string(free_port());
  Process limit({.command = {KITH_LIMIT, "tcp", "--port", port}});
  const std::vector<std::vector<std::string>> scenarios = {
      {"rooms", "--rate", "200", "--duration", "1", "--payload", "64:5,2000:1"},
      {"broadcast", "--in-flight", "16", "--duration", "1"},
      {"idle", "--duration", "1"}};
  for (std::vector<std::string> command : scenarios) {
    INFO(command.front());
    command.insert(command.begin(), KITH_BENCH);
    for (const std::string& word :
         {std::string("--url"), "ws://127.0.0.1:" + port, std::string("--seed-file"), seed.string(),
          std::string("--connections"), std::string("40")}) {
      command.push_back(word);
    }
    const Output output = run(command);
    check_clean(output);
    CHECK(last_line(output.out)["delivered"].number() > 0);
  }
  limit.signal(SIGTERM);
  CHECK(limit.wait() == 0);
}

TEST_CASE("the bare SQLite loop says its rate and leaves nothing behind") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "limit.db";
  const Output output = run({KITH_LIMIT, "sqlite", "--file", file.string(), "--seconds", "0.2",
                             "--prefill", "5000", "--rate", "2000"});
  INFO(output.err);
  CHECK(output.status == 0);
  const Json result = last_line(output.out);
  CHECK(result["per_s"].real() > 0);
  CHECK(result["messages"].number() > 0);
  CHECK(result["ack_p99_us"].real() >= result["ack_p50_us"].real());
  CHECK(fs::is_empty(directory.path()));
}

TEST_CASE("the bare libpq loop keeps to a rate and says how late it was") {
  const Output output =
      run({KITH_LIMIT, "postgres", "--url", PostgresServer::shared().new_database(), "--seconds",
           "0.5", "--prefill", "5000", "--rate", "2000"});
  INFO(output.err);
  CHECK(output.status == 0);
  const Json result = last_line(output.out);
  CHECK(result["messages"].number() > 0);
  CHECK(result["messages"].number() <= 2000);  // a commit that began in time may end after it
  CHECK(result["ack_p50_us"].real() > 0);
  CHECK(result["ack_p99_us"].real() >= result["ack_p50_us"].real());
}

TEST_CASE("the bare loop of activities adds up, says its rate and leaves nothing behind") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "limit.db";
  const Output output = run({KITH_LIMIT, "activities", "--file", file.string(), "--seconds", "0.2",
                             "--batch", "64", "--users", "2000"});
  INFO(output.err);
  CHECK(output.status == 0);
  const Json result = last_line(output.out);
  CHECK(result["activities"].number() >= 64);
  CHECK(result["per_s"].real() > 0);
  CHECK(fs::is_empty(directory.path()));
}

TEST_CASE("the bare client of one GET counts whole answers, and takes no other than 200") {
  const TestServer server;
  const auto ask = [&](const std::string& path, const std::vector<std::string>& more) {
    std::vector<std::string> command = {
        KITH_LIMIT,      "http", "--port",    std::to_string(server.port()),
        "--path",        path,   "--seconds", "0.5",
        "--connections", "4"};
    command.insert(command.end(), more.begin(), more.end());
    return run(command);
  };
  const auto page = server.http().get("/");
  const Output closed = ask("/", {});
  INFO(closed.err);
  CHECK(closed.status == 0);
  const Json result = last_line(closed.out);
  CHECK(result["body_bytes"].number() == static_cast<std::int64_t>(page.body.size()));
  CHECK(result["requests"].number() > 20);
  CHECK(result["p50_us"].number() <= result["p99_us"].number());
  CHECK(result["p99_us"].number() <= result["max_us"].number());
  const Output open = ask("/", {"--rate", "100"});
  CHECK(open.status == 0);
  CHECK(last_line(open.out)["requests"].number() == 50);
  const Output nothing = ask("/nowhere", {});
  CHECK(nothing.status == 2);
  CHECK(nothing.err.find("an answer that is not 200: HTTP/1.1 404") != std::string::npos);
}

TEST_CASE("a quick round of figures fills its page, and keeps what somebody wrote there") {
  const TemporaryDirectory directory;
  const fs::path page = directory.path() / "RESULTS.md";
  write_file(page, "# Of before\n<!-- notes -->\nWhy it is so.\n");
  const Output output = run({KITH_FIGURES, "--bin", fs::path(KITH_KITHD).parent_path().string(),
                             "--work", directory.path().string(), "--out", page.string(), "--quick",
                             "--only", "rooms", "--server-core", "0", "--client-core", "0"});
  INFO(output.err);
  CHECK(output.status == 0);
  const std::string text = read_file(page);
  CHECK(text.find("| Rooms: CPU µs per delivery, commit path apart |") != std::string::npos);
  CHECK(text.find("**Wrong:**") == std::string::npos);
  CHECK(text.find("Of 2 runs of kith-bench the client was the limit in ") != std::string::npos);
  CHECK(text.find(", 1 interleaved run, short, on ") != std::string::npos);
  CHECK(text.ends_with("<!-- notes -->\nWhy it is so.\n"));
  CHECK(text.find("Of before") == std::string::npos);
  const Output mixed =
      run({KITH_FIGURES, "--bin", fs::path(KITH_KITHD).parent_path().string(), "--work",
           directory.path().string(), "--out", page.string(), "--only", "rooms"});
  CHECK(mixed.status == 2);
  CHECK(mixed.err.find("holds figures of quick runs, and this is a full one") != std::string::npos);
  CHECK(read_file(page) == text);
  fs::remove(page);
  CHECK(fs::is_empty(directory.path()));
}

}  // namespace
}  // namespace kith::test
