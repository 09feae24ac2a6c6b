// kith-bench broadcast --club against the real kithd: who of a club is online gets each broadcast,
// and the server's own numbers of it are held against what the clients saw.
#include <atomic>
#include <thread>

#include "tests/support/bench_run.h"
#include "tests/support/postgres_server.h"
#include "tests/support/tcp_proxy.h"

namespace kith::test {
namespace {

constexpr Population kTown{.users = 60, .rooms = 4, .members = 5, .clubs = 1, .club_members = 50};

std::vector<std::string> club_run(std::vector<std::string> more) {
  std::vector<std::string> options = {"--club", "--connections", "30", "--duration", "1"};
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

void check_broadcasts(const BenchTown& town) {
  const Output output =
      run(town.command("broadcast", club_run({"--bystanders", "10", "--rate", "500", "--assert",
                                              "figures.first_to_last_max_ms<20000", "--assert",
                                              "figures.wrong_numbers=0"})));
  check_clean(output);
  const Json figures = last_line(output.out)["figures"];
  CHECK(figures["broadcasts"].number() >= 1);
  CHECK(figures["club_members"].number() == 50);
  CHECK(figures["members_online"].number() == 30);
  CHECK(figures["delivered"].number() == 30);
  CHECK(figures["seen"].number() == 20);
  CHECK(figures["last_after_send_max_ms"].real() > 0);
  CHECK(figures["first_to_last_p50_ms"].real() <= figures["first_to_last_max_ms"].real());
  CHECK(figures["first_to_last_max_ms"].real() <= figures["last_after_send_max_ms"].real());
  CHECK(figures["bystander_broadcast_p99_ms"].real() > 0);
  CHECK(figures["store_commits_p50"].is_null());
}

TEST_CASE("a broadcast reaches all members who are online, and its numbers say so, on SQLite") {
  const BenchTown town(kTown, {"shards=2"});
  check_broadcasts(town);
  // Without bystanders the transactions are the broadcast's own: its commit, and at most that of
  // the numbers, which are noted once a second.
  const Output alone = run(town.command("broadcast", club_run({"--bystanders", "0"})));
  check_clean(alone);
  const Json commits = last_line(alone.out)["figures"]["store_commits_p50"];
  CHECK(commits.real() >= 1);
  CHECK(commits.real() <= 2);
}

TEST_CASE("a broadcast reaches all members who are online, and its numbers say so, on Postgres") {
  const BenchTown town(kTown,
                       {"shards=2", "storage.url=" + PostgresServer::shared().new_database()});
  check_broadcasts(town);
}

// A figure is taken when the last member has counted, and its latency is told a little later.
TEST_CASE("the slowest member of the only broadcast is in the figures") {
  const BenchTown town(kTown, {"shards=1"});
  TcpProxy proxy(town.server.port());
  std::atomic<int> came = 0;
  proxy.filter_all(nullptr, [&came](std::string_view bytes) {
    const bool one = bytes.find(R"("type":"club.broadcast")") != std::string_view::npos;
    if (one && ++came == 30) std::this_thread::sleep_for(std::chrono::milliseconds(400));
    return std::string(bytes);
  });
  const Output output = run(
      town.command_to(proxy.port(), "broadcast",
                      {"--club", "--connections", "30", "--bystanders", "0", "--duration", "0.3"}));
  check_clean(output);
  const Json figures = last_line(output.out)["figures"];
  REQUIRE(came >= 30);
  CHECK(figures["broadcasts"].number() == 1);
  CHECK(figures["last_after_send_max_ms"].real() >= 400);
  CHECK(figures["first_to_last_max_ms"].real() > 100);
}

TEST_CASE("a broadcast has as many bytes of text as --payload says") {
  const BenchTown town(kTown, {"shards=1"});
  check_clean(run(town.command("broadcast", club_run({"--bystanders", "0", "--payload", "2000"}))));
  const Json seed = Json::parse(read_file(town.seed_file));
  const Json club = seed["clubs"][0];
  std::string token;
  for (std::size_t user = 0; user < seed["users"].size(); ++user) {
    const Json each = seed["users"][user];
    if (each["id"].text() == club["owner"].text()) token = each["token"].text();
  }
  const auto list = town.server.http().get("/clubs/" + club["id"].text() + "/broadcasts", token);
  REQUIRE(list.status == 200);
  const Json items = list.json()["items"];
  REQUIRE(items.size() >= 1);
  CHECK(items[0]["content"]["text"].text().size() == 2000);
}

TEST_CASE("control: a server that says another number of deliveries does not pass") {
  const BenchTown town(kTown, {"shards=1"});
  TcpProxy proxy(town.server.port());
  // Of the same length, so that the answer stays whole.
  proxy.filter_all(nullptr, [](std::string_view bytes) {
    std::string out(bytes);
    const std::string told = R"("delivered":30,)";
    const auto at = out.find(told);
    if (at != std::string::npos) out.replace(at, told.size(), R"("delivered":29,)");
    return out;
  });
  const Output output = run(
      town.command_to(proxy.port(), "broadcast", club_run({"--bystanders", "0", "--drain", "2"})));
  INFO(output.out, output.err);
  CHECK(output.status == 1);
  const Json figures = last_line(output.out)["figures"];
  CHECK(figures["wrong_numbers"].number() == figures["broadcasts"].number());
  CHECK(says(output.out, "broadcasts have not the numbers that the clients saw: bcast_"));
}

}  // namespace
}  // namespace kith::test
