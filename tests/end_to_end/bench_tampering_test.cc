// kith-bench behind a network that drops or reorders what the server said: it counts what is wrong,
// no more and no less, and kith-check, which knows nothing of its book-keeping, finds the same.
#include <algorithm>

#include "tests/support/bench_run.h"
#include "tests/support/frame_tamper.h"
#include "tests/support/tcp_proxy.h"

namespace kith::test {
namespace {

std::size_t occurrences(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// A message of somebody else, the ack of the client's own right behind it, and another's.
bool acked_behind_another(const std::vector<std::string>& messages) {
  const Json first = Json::parse(messages[0]);
  const Json second = Json::parse(messages[1]);
  const Json third = Json::parse(messages[2]);
  const auto seq = first["seq"].number();
  return first["type"].text() == "message.new" && second["type"].text() == "ack" &&
         third["type"].text() == "message.new" && second["seq"].number() == seq + 1 &&
         third["seq"].number() == seq + 2;
}

struct Judged {
  Json bench;
  int bench_status = 0;
  Output check;
};

Judged run_through(FrameTamper::Change change) {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  const auto history = (directory.path() / "history.jsonl").string();
  const TestServer server = seeded(seed_file, {.users = 3, .rooms = 1, .members = 3},
                                   {"shards=1", "limits.messages_per_minute=0"});
  const TcpProxy proxy(server.port(), FrameTamper(3, std::move(change)));
  std::vector<std::string> command = bench_command(
      server, seed_file, "rooms", {"--rate", "200", "--duration", "2", "--history", history});
  const auto url = std::ranges::find(command, "ws://" + server.address());
  REQUIRE(url != command.end());
  *url = "ws://127.0.0.1:" + std::to_string(proxy.port());
  const Output output = run(std::move(command));
  INFO(output.out, output.err);
  const Output checked = run({KITH_CHECK, history});
  return {.bench = last_line(output.out), .bench_status = output.status, .check = checked};
}

TEST_CASE("one event dropped right before an own message's ack: one lost, as kith-check says too") {
  const Judged judged = run_through([](std::vector<std::string>& messages) {
    if (!acked_behind_another(messages)) return false;
    messages.erase(messages.begin());
    return true;
  });
  INFO(judged.bench.dump(), judged.check.out);
  CHECK(judged.bench_status == 1);
  CHECK(judged.bench["lost"].number() == 1);
  CHECK(judged.bench["reordered"].number() == 0);
  CHECK(judged.bench["doubled"].number() == 0);
  CHECK(judged.bench["not_come"].number() == 0);
  CHECK(judged.check.status == 1);
  CHECK(occurrences(judged.check.out, "never got it") == 1);
}

TEST_CASE("one event that comes behind what followed it: one reordered, and nothing lost") {
  const Judged judged = run_through([](std::vector<std::string>& messages) {
    if (!acked_behind_another(messages)) return false;
    std::rotate(messages.begin(), messages.begin() + 1, messages.end());
    return true;
  });
  INFO(judged.bench.dump(), judged.check.out);
  CHECK(judged.bench_status == 1);
  CHECK(judged.bench["lost"].number() == 0);
  CHECK(judged.bench["reordered"].number() == 1);
  CHECK(judged.bench["doubled"].number() == 0);
  CHECK(judged.bench["not_come"].number() == 0);
  CHECK(judged.check.status == 1);
  CHECK(occurrences(judged.check.out, "never got it") == 0);
}

TEST_CASE("an own message's ack that comes before the event it follows: one reordered") {
  const Judged judged = run_through([](std::vector<std::string>& messages) {
    if (!acked_behind_another(messages)) return false;
    std::swap(messages[0], messages[1]);
    return true;
  });
  INFO(judged.bench.dump(), judged.check.out);
  CHECK(judged.bench["lost"].number() == 0);
  CHECK(judged.bench["reordered"].number() == 1);
  CHECK(judged.bench["not_come"].number() == 0);
  CHECK(occurrences(judged.check.out, "never got it") == 0);
}

TEST_CASE("an ack that does not say where its message stands: the run is no proof, and fails") {
  for (const std::string_view key : {R"("seq":)", R"("chat_id":)", R"("message_id":)"}) {
    CAPTURE(key);
    const Judged judged = run_through([key](std::vector<std::string>& messages) {
      const auto at = messages[0].find(key);
      if (Json::parse(messages[0])["type"].text() != "ack" || at == std::string::npos) return false;
      messages[0].insert(at + 1, "no_");
      return true;
    });
    INFO(judged.bench.dump());
    CHECK(judged.bench_status == 1);
    CHECK(says(judged.bench["reasons"].dump(), "1 ack did not name what was committed"));
  }
}

}  // namespace
}  // namespace kith::test
