// kith-bench beside a listener that was away for so long that the server answers its resume with a
// gap: what it then finds in the history has been delivered, late.
#include <algorithm>

#include "tests/support/bench_run.h"
#include "tests/support/tcp_proxy.h"

namespace kith::test {
namespace {

TEST_CASE(
    "deliveries that a client finds in the history behind a gap count, as late as they came") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  const TestServer server = seeded(seed_file, {.users = 3, .rooms = 1, .members = 3},
                                   {"shards=1", "limits.messages_per_minute=0"});
  TcpProxy proxy(server.port());
  std::vector<std::string> command =
      bench_command(server, seed_file, "broadcast", {"--rate", "800", "--duration", "5"});
  const auto url = std::ranges::find(command, "ws://" + server.address());
  REQUIRE(url != command.end());
  *url = "ws://127.0.0.1:" + std::to_string(proxy.port());
  BenchRun run(std::move(command));
  run.await_second(1);
  proxy.refuse(true);
  proxy.cut_quietest();
  run.await_second(4);  // 2,000 messages: a resume over more than 1,000 is answered with the gap
  proxy.refuse(false);
  const Output output = run.finish();
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["reconnects"].number() == 1);
  CHECK(result["gaps"].number() == 1);
  CHECK(result["sent"].number() == 4000);
  CHECK(result["delivered"].number() == 2 * 4000);
  CHECK(result["not_come"].number() == 0);
  CHECK(result["delivery_ms"]["max"].real() > 1500);
  CHECK(result["delivery_ms"]["p50"].real() < result["delivery_ms"]["max"].real() / 2);
}

}  // namespace
}  // namespace kith::test
