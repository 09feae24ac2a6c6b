// Every scenario of kith-bench, small, against the real kithd: its figures are there and make
// sense, and what goes wrong shows in the exit code.
#include <signal.h>

#include <algorithm>

#include "tests/support/bench_run.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

namespace fs = std::filesystem;

// A hundred people in ten rooms, for all that needs no other server.
BenchTown& hundred() {
  static BenchTown town({.users = 100, .rooms = 10, .members = 10}, {"shards=2"});
  return town;
}

void check_percentiles(const Json& latency) {
  CHECK(latency["p50"].real() > 0);
  CHECK(latency["p50"].real() <= latency["p90"].real());
  CHECK(latency["p90"].real() <= latency["p99"].real());
  CHECK(latency["p99"].real() <= latency["p999"].real());
  CHECK(latency["p999"].real() <= latency["max"].real());
  CHECK(latency["max"].real() < 60'000);
}

KITH_ON_SHARDS(
    "broadcast, sixteen under way: each message reaches all two hundred, then the next") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  const TestServer server =
      seeded(seed_file, {.users = 201, .rooms = 1, .members = 201}, {Shards::kSetting, kUnlimited});
  const Output output =
      run(bench_command(server, seed_file, "broadcast", {"--in-flight", "16", "--duration", "1"}));
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["connections"].number() == 201);
  CHECK(result["chats"].number() == 1);
  CHECK(result["rate"].number() == 0);
  // More than once round: what lands makes room.
  CHECK(result["sent"].number() > 2 * 16);
  CHECK(result["acked"].number() == result["sent"].number());
  CHECK(result["delivered"].number() == result["sent"].number() * 200);
  check_percentiles(result["ack_ms"]);
  check_percentiles(result["delivery_ms"]);
}

TEST_CASE("broadcast at a rate: the publisher of each chat, and nobody else") {
  const Output output = run(hundred().command("broadcast", {"--rate", "200", "--duration", "1"}));
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["rate"].number() == 200);
  CHECK(result["sent"].number() == 200);
  CHECK(result["delivered"].number() == 200 * 9);
}

TEST_CASE("sends: acks alone, and what was acked is read back, page by page where it is much") {
  BenchTown& rooms = hundred();
  const std::string pages = R"(kith_commands_total{type="history",outcome="ok"})";
  const double before = metric(rooms.server, pages);
  const Output output =
      run(rooms.command("sends", {"--in-flight", "4", "--connections", "50", "--duration", "1"}));
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["connections"].number() == 50);
  CHECK_FALSE(result["deliveries_expected"].flag());
  CHECK(result["sent"].number() > 2 * 50 * 4);
  CHECK(result["acked"].number() == result["sent"].number());
  check_percentiles(result["ack_ms"]);
  CHECK(result["acked_per_s"].real() > 100);
  CHECK(result["verified"].number() == result["acked"].number());
  CHECK(result["delivered"].number() == 0);
  CHECK(result["delivery_ms"]["p99"].is_null());
  // A chat that has more than a resume replays is read as history.
  if (result["gaps"].number() == 5) {
    CHECK(metric(rooms.server, pages) - before >= result["acked"].real() / 200);
  }
}

TEST_CASE("sends at a rate: what was acked is read back, event by event") {
  BenchTown& rooms = hundred();
  const double before = metric(rooms.server, "kith_replayed_events_total");
  const Output output =
      run(rooms.command("sends", {"--rate", "300", "--connections", "50", "--duration", "0.5"}));
  check_clean(output);
  CHECK(last_line(output.out)["acked"].number() == 150);
  CHECK(last_line(output.out)["verified"].number() == 150);
  CHECK(metric(rooms.server, "kith_replayed_events_total") - before == 150);
}

TEST_CASE("a server that forgets what it has acked does not get away with it") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  const auto kept = directory.path() / "kept";
  TestServer server = seeded(seed_file, {.users = 20, .rooms = 2, .members = 10}, {kUnlimited});
  CHECK(server.terminate() == 0);
  fs::copy(server.data(), kept, fs::copy_options::recursive);
  server.start();
  BenchRun bench(bench_command(server, seed_file, "sends",
                               {"--rate", "200", "--duration", "2", "--drain", "2"}));
  bench.await_second(1);
  server.kill();
  fs::remove_all(server.data());
  fs::copy(kept, server.data(), fs::copy_options::recursive);
  server.start();
  const Output output = bench.finish();
  INFO(output.out, output.err);
  CHECK(output.status == 1);
  const Json result = last_line(output.out);
  CHECK_FALSE(result["ok"].flag());
  CHECK(result["lost"].number() + result["doubled"].number() + result["altered"].number() > 0);
}

TEST_CASE("rooms with a mix of commands and sizes, on two threads, while connections break") {
  const Output output = run(hundred().command(
      "rooms",
      {"--rate", "400", "--duration", "2", "--mix", "send=70,edit=10,typing=10,read=5,react=5",
       "--payload", "64:9,4000:1", "--threads", "2", "--breaks", "20", "--ramp", "0.5"}));
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["threads"].number() == 2);
  CHECK(result["sent"].number() == 700);  // half of the ramp's is missing
  CHECK(result["acked"].number() == 700);
  // Sends, edits and reactions reach nine each; typing and reading are no durable events.
  CHECK(result["delivered"].number() > 700 * 9 * 7 / 10);
  CHECK(result["delivered"].number() < 700 * 10);
  CHECK(result["reconnects"].number() > 10);
  std::int64_t sent = 0;
  for (const char* name : {"send", "edit", "typing", "read", "react"}) {
    CAPTURE(name);
    const Json command = result["commands"][name];
    CHECK(command["sent"].number() > 0);
    CHECK(command["acked"].number() == command["sent"].number());
    sent += command["sent"].number();
  }
  CHECK(sent == 700);
  check_percentiles(result["delivery_ms"]);
}

TEST_CASE("more connections than users: several sockets per user") {
  const Output output = run(hundred().command(
      "rooms", {"--connections", "250", "--rate", "100", "--duration", "1", "--threads", "2"}));
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["connections"].number() == 250);
  // Users have two or three sockets; those of the sender itself are no deliveries.
  CHECK(result["delivered"].number() > 100 * (25 - 3 - 1));
  CHECK(result["delivered"].number() < 100 * 30);
}

TEST_CASE("idle: what a silent crowd costs the server, and then everybody is still there") {
  BenchTown& rooms = hundred();
  const Output output = run(rooms.command(
      "idle", {"--duration", "1", "--server-pid", std::to_string(rooms.server.process().id()),
               "--assert", "server.cpu_percent<50"}));
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["connections"].number() == 100);
  CHECK(result["sent"].number() == 10);
  CHECK(result["acked"].number() == 10);
  CHECK(result["delivered"].number() == 10 * 9);
  const Json server = result["server"];
  CHECK(server["seconds"].real() == doctest::Approx(1.0).epsilon(0.5));
  CHECK(server["cpu_s"].real() >= 0);
  CHECK(server["deliveries"].number() == 0);
  CHECK(server["rss_idle_bytes"].number() > 1'000'000);
  CHECK(server["rss_connected_bytes"].number() >= server["rss_idle_bytes"].number());
}

TEST_CASE("storm: everybody who was cut off catches up, and the bystanders are measured") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  TestServer server =
      seeded(seed_file, {.users = 300, .rooms = 30, .members = 10}, {"shards=2", kUnlimited});
  const Output output =
      run(bench_command(server, seed_file, "storm",
                        {"--missed", "10", "--bystanders", "50", "--rate", "300", "--duration", "1",
                         "--server-pid", std::to_string(server.process().id())}));
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["connections"].number() == 300);
  CHECK(result["reconnects"].number() == 25 * 9);
  CHECK(result["gaps"].number() == 0);
  CHECK(result["sent"].number() >= 25 * 10 + 100);
  CHECK(result["acked"].number() == result["sent"].number());
  CHECK(result["delivered"].number() > 25 * 9 * 10);
  const Json figures = result["figures"];
  CHECK(figures["clients"].number() == 25 * 9);
  CHECK(figures["changed_chats"].number() == 25);
  CHECK(figures["caught_up_p50_s"].real() > 0);
  CHECK(figures["caught_up_p50_s"].real() <= figures["caught_up_p99_s"].real());
  CHECK(figures["caught_up_p99_s"].real() <= figures["caught_up_s"].real());
  CHECK(figures["caught_up_s"].real() < 20);
  CHECK(figures["bystander_calm_p99_ms"].real() > 0);
  CHECK(figures["bystander_storm_p99_ms"].real() > 0);
  CHECK(figures["server_cpu_us_per_client"].real() > 0);
  // One per client, and one per changed chat and shard; on a slow machine a few more, of pages that
  // came too late for what was said meanwhile, and of the looks at the heads.
  CHECK(figures["store_queries"].real() >= 225);
  CHECK(figures["store_queries"].real() <= 225 + 3 * 25);
}

TEST_CASE("slow: who stops reading falls behind, and catches up when it reads again") {
  const TemporaryDirectory directory;
  const auto seed_file = directory.path() / "seed.json";
  const TestServer server =
      seeded(seed_file, {.users = 100, .rooms = 1, .members = 100},
             {"shards=2", kUnlimited, "limits.outbound_bytes=530000", "limits.frame_bytes=17000"});
  const Output output =
      run(bench_command(server, seed_file, "slow",
                        {"--slow", "5", "--rate", "80", "--payload", "8000", "--duration", "3"}));
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["sent"].number() == 240);
  CHECK(result["delivered"].number() == 240 * 99);
  CHECK(result["reconnects"].number() == 0);
  CHECK(metric(server, "kith_sessions_fell_behind_total") >= 5);
  const Json figures = result["figures"];
  CHECK(figures["slow_clients"].number() == 5);
  CHECK(figures["healthy_calm_p99_ms"].real() > 0);
  CHECK(figures["healthy_slow_p99_ms"].real() > 0);
  CHECK(figures["slow_caught_up_s"].real() > 0);
  CHECK(figures["slow_caught_up_s"].real() < 20);
}

TEST_CASE("an --assert that fails is exit 1, and says what was measured; one that holds is not") {
  const TemporaryDirectory directory;
  const auto lines = directory.path() / "runs.json";
  const auto page = directory.path() / "report.html";
  auto command = hundred().command(
      "rooms", {"--rate", "50", "--duration", "0.5", "--json", lines.string(), "--report",
                page.string(), "--assert", "lost=0", "--assert", "connections>=100"});
  check_clean(run(command));
  command.insert(command.end(), {"--assert", "connections<100"});
  const Output failed = run(command);
  INFO(failed.out);
  CHECK(failed.status == 1);
  const Json result = last_line(failed.out);
  CHECK_FALSE(result["ok"].flag());
  REQUIRE(result["failed_asserts"].size() == 1);
  CHECK(result["failed_asserts"][0].text().find("connections<100") != std::string::npos);
  CHECK(failed.out.find("assert failed: connections<100") != std::string::npos);

  const std::string both = read_file(lines);
  REQUIRE(std::count(both.begin(), both.end(), '\n') == 2);
  CHECK(Json::parse(both.substr(0, both.find('\n')))["ok"].flag());
  CHECK(last_line(both).dump() == result.dump());
  const std::string html = read_file(page);
  CHECK(html.find("</html>") != std::string::npos);
  CHECK(html.find("connections&lt;100") != std::string::npos);
  CHECK(html.find("<h2>Over time</h2>") != std::string::npos);  // of half a second, too
  const Output compared = run({kith_bench(), "compare", lines.string(), lines.string()});
  CHECK(compared.status == 0);
  CHECK(compared.out.find("sent_per_s") != std::string::npos);
}

}  // namespace
}  // namespace kith::test
