// kith-bench storm, where it is easily wrong about itself: who has caught up, and what was said.
#include <atomic>
#include <set>
#include <thread>

#include "tests/support/bench_run.h"
#include "tests/support/tcp_proxy.h"

namespace kith::test {
namespace {

// Of all messages of the seed's chats, as anybody of each sees them.
std::multiset<std::size_t> text_sizes(const BenchTown& town) {
  const Json seed = Json::parse(read_file(town.seed_file));
  std::multiset<std::size_t> sizes;
  for (std::size_t i = 0; i < seed["chats"].size(); ++i) {
    const Json chat = seed["chats"][i];
    std::string token;
    for (std::size_t user = 0; user < seed["users"].size(); ++user) {
      if (seed["users"][user]["id"].text() == chat["members"][0].text()) {
        token = seed["users"][user]["token"].text();
      }
    }
    const auto answer =
        town.server.http().get("/chats/" + chat["id"].text() + "/messages?limit=100", token);
    REQUIRE(answer.status == 200);
    const Json messages = answer.json()["messages"];
    for (std::size_t at = 0; at < messages.size(); ++at) {
      sizes.insert(messages[at]["content"]["text"].text().size());
    }
  }
  return sizes;
}

TEST_CASE(
    "who came back over a gap has caught up when its history is read, not when it may begin") {
  const BenchTown town({.users = 2, .rooms = 1, .members = 2}, {"shards=1"});
  TcpProxy proxy(town.server.port());
  std::atomic<int> pages = 0;
  // The first page takes its time; the one who is away is the only one who asks for any.
  proxy.filter_all(nullptr, [&pages](std::string_view bytes) {
    const bool page = bytes.find(R"("type":"history")") != std::string_view::npos;
    if (page && pages++ == 0) std::this_thread::sleep_for(std::chrono::milliseconds(700));
    return std::string(bytes);
  });
  // 2.4 MB are more than a resume brings.
  const Output output = run(town.command_to(
      proxy.port(), "storm",
      {"--missed", "300", "--payload", "8000", "--bystanders", "0", "--duration", "0.2"}));
  check_clean(output);
  const Json result = last_line(output.out);
  REQUIRE(pages > 0);
  CHECK(result["gaps"].number() == 1);
  CHECK(result["delivered"].number() == 300);
  CHECK(result["figures"]["clients"].number() == 1);
  CHECK(result["figures"]["caught_up_s"].real() >= 0.7);
  CHECK(result["figures"]["caught_up_s"].real() < 20);
}

TEST_CASE("a mix of sizes is one in what a storm's crowd misses, and in what ends the silence") {
  const std::string mix = "64:5,2000:5";
  const BenchTown missed({.users = 20, .rooms = 4, .members = 5}, {"shards=1"});
  check_clean(run(missed.command(
      "storm", {"--missed", "5", "--payload", mix, "--bystanders", "0", "--duration", "0.2"})));
  const auto of_storm = text_sizes(missed);
  CHECK(of_storm.size() == 4 * 5);
  CHECK(of_storm.count(64) >= 3);
  CHECK(of_storm.count(2000) >= 3);
  const BenchTown silent({.users = 20, .rooms = 10, .members = 2}, {"shards=1"});
  check_clean(run(silent.command("idle", {"--payload", mix, "--duration", "0.2"})));
  const auto of_idle = text_sizes(silent);
  CHECK(of_idle.size() == 10);
  CHECK(of_idle.count(64) >= 2);
  CHECK(of_idle.count(2000) >= 2);
}

}  // namespace
}  // namespace kith::test
