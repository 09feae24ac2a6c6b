// kith-bench over several URLs: here they lead to one server, over its own address and over a proxy
// that can be taken away, so what is shown is the bench's part of it.
#include <unistd.h>

#include "tests/support/bench_run.h"
#include "tests/support/tcp_proxy.h"

namespace kith::test {
namespace {

struct TwoDoors {
  TemporaryDirectory directory;
  std::filesystem::path seed_file = directory.path() / "seed.json";
  TestServer server =
      seeded(seed_file, {.users = 100, .rooms = 10, .members = 10}, {"shards=2", kUnlimited});
  TcpProxy other{server.port()};

  std::string url() const { return "ws://" + server.address(); }
  std::string other_url() const { return "ws://127.0.0.1:" + std::to_string(other.port()); }
  std::vector<std::string> command(std::string scenario, std::vector<std::string> more) const {
    more.insert(more.begin(), {"--url", other_url()});
    return bench_command(server, seed_file, std::move(scenario), more);
  }
};

void check_nodes_refused(const Output& output, std::string_view named) {
  INFO(output.out, output.err);
  CHECK(output.status == 2);
  CHECK(output.out.empty());
  CHECK(says(output.err, named));
}

TEST_CASE("two nodes: half of a chat is on the other one, and both halves have everything") {
  TwoDoors doors;
  const Output output =
      run(doors.command("rooms", {"--rate", "200", "--duration", "2", "--server-pid",
                                  std::to_string(doors.server.process().id()), "--assert",
                                  "delivered_cross>0", "--assert", "delivery_cross_ms.p50<10000"}));
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["node_count"].number() == 2);
  CHECK(result["nodes"][0]["url"].text() == doors.url());
  CHECK(result["nodes"][1]["url"].text() == doors.other_url());
  for (const std::size_t node : {0, 1}) {
    CHECK(result["nodes"][node]["connections"].number() == 50);
    CHECK_FALSE(result["nodes"][node]["server"].text().empty());
  }
  // Five of ten are on each: four beside the sender, five on the other.
  const auto sent = result["sent"].number();
  CHECK(sent == 400);
  CHECK(result["delivered"].number() == sent * 9);
  CHECK(result["delivered_local"].number() == sent * 4);
  CHECK(result["delivered_cross"].number() == sent * 5);
  CHECK(result["delivery_local_ms"]["p99"].real() > 0);
  CHECK(result["delivery_cross_ms"]["max"].real() <= result["delivery_ms"]["max"].real());
  CHECK(result["moved"].number() == 0);
  CHECK(result["cautions"].size() == 0);
  CHECK(result["server"]["rss_bytes"].real() > 1'000'000);
  CHECK(says(output.out, "at " + doors.url() + "," + doors.other_url()));
}

// The proxy's process, this one, stands for the second node's.
TEST_CASE("what the servers of two nodes use is summed up, and stated of each") {
  TwoDoors doors;
  const Output output = run(doors.command(
      "rooms", {"--rate", "200", "--duration", "1", "--server-pid",
                std::to_string(doors.server.process().id()) + "," + std::to_string(::getpid()),
                "--assert", "server.nodes.2.rss_bytes>0", "--assert", "server.cpu_s>0"}));
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["cautions"].size() == 0);  // each listens on the port of its URL
  const Json server = result["server"];
  CHECK(server["nodes"]["1"]["cpu_s"].real() > 0);
  CHECK(server["nodes"]["2"]["cpu_s"].real() > 0);
  CHECK(server["nodes"]["1"]["rss_bytes"].number() + server["nodes"]["2"]["rss_bytes"].number() ==
        server["rss_bytes"].number());
  CHECK(server["deliveries"].number() > 0);
  CHECK(says(output.out, doors.other_url() + "  50 connections  CPU "));
}

TEST_CASE("a node that goes away: its clients come back on another, and nothing is lost") {
  TwoDoors doors;
  BenchRun bench(doors.command("rooms", {"--rate", "200", "--duration", "4", "--threads", "2"}));
  bench.await_second(1);
  CHECK(doors.other.connections() == 50);
  doors.other.refuse(true);
  doors.other.cut_all();
  const Output output = bench.finish();
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["delivered"].number() == result["sent"].number() * 9);
  CHECK(result["reconnects"].number() == 50);
  CHECK(result["moved"].number() == 50);
  // Both before and after; in neither is what was under way when its sender had to leave.
  CHECK(result["delivered_cross"].number() > 0);
  CHECK(result["delivered_local"].number() > result["delivered_cross"].number());
  CHECK(result["delivered_local"].number() + result["delivered_cross"].number() <=
        result["delivered"].number());
  CHECK(says(output.out, "50 connections came back on another node than before"));
}

TEST_CASE("a client whose connection breaks comes back to its own node") {
  TwoDoors doors;
  BenchRun bench(doors.command("rooms", {"--rate", "200", "--duration", "3"}));
  bench.await_second(1);
  doors.other.cut_all();
  const Output output = bench.finish();
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["reconnects"].number() == 50);
  CHECK(result["moved"].number() == 0);
  CHECK(result["delivered_cross"].number() == result["sent"].number() * 5);
}

TEST_CASE("the other scenarios run over two nodes") {
  TwoDoors doors;
  const Output broadcast =
      run(doors.command("broadcast", {"--in-flight", "4", "--duration", "0.5"}));
  check_clean(broadcast);
  CHECK(last_line(broadcast.out)["delivered_cross"].number() > 0);
  const Output sends = run(doors.command("sends", {"--rate", "200", "--duration", "0.5"}));
  check_clean(sends);
  CHECK(last_line(sends.out)["verified"].number() == 100);
  CHECK(last_line(sends.out)["delivery_cross_ms"]["p99"].is_null());
  const Output storm = run(doors.command(
      "storm", {"--bystanders", "20", "--rate", "50", "--duration", "0.5", "--missed", "3"}));
  check_clean(storm);
  CHECK(last_line(storm.out)["figures"]["store_queries"].real() > 0);
}

TEST_CASE("a node that is not there, or is none of this server, is refused by its URL") {
  TwoDoors doors;
  const auto with = [&](const std::string& second) {
    return run(bench_command(doors.server, doors.seed_file, "rooms", {"--url", second}));
  };
  const std::string nobody = "ws://127.0.0.1:" + std::to_string(free_port());
  check_nodes_refused(with(nobody), nobody + ": Connection refused");
  check_nodes_refused(with(doors.other_url() + "/nowhere"),
                      doors.other_url() + "/nowhere: the upgrade was answered with 404");
  const TestServer stranger;
  const std::string its_url = "ws://" + stranger.address();
  check_nodes_refused(with(its_url), its_url + ": closed with 4500");
  check_nodes_refused(with(doors.url()), doors.url() + " stands there twice");
}

// It takes the tokens, and has the chats, but what it will have said is another history.
TEST_CASE("a server that was restored from the same data is no node of it") {
  TwoDoors doors;
  CHECK(doors.server.terminate() == 0);
  const TestServer restored({}, [&](const std::filesystem::path& data) {
    std::filesystem::remove_all(data);
    std::filesystem::copy(doors.server.data(), data, std::filesystem::copy_options::recursive);
    std::filesystem::remove(data / "generation");
  });
  doors.server.start();
  const std::string url = "ws://" + restored.address();
  const Output output = run(bench_command(doors.server, doors.seed_file, "rooms", {"--url", url}));
  check_nodes_refused(output, url + " has the epoch ");
  CHECK(says(output.err, doors.url() + " has "));
}

}  // namespace
}  // namespace kith::test
