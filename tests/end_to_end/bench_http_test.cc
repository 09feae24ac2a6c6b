// kith-bench rewards and crud, the load over HTTP: against the real kithd, over networks and
// servers that break, and over one that falsifies, which must not pass.
#include <algorithm>
#include <atomic>

#include "tests/support/bench_run.h"
#include "tests/support/postgres_server.h"
#include "tests/support/tcp_proxy.h"

namespace kith::test {
namespace {

BenchTown& twenty() {
  static BenchTown town({.users = 20, .rooms = 2, .members = 10}, {"shards=2", "app=default"});
  return town;
}

void check_quantiles(const Json& latency) {
  CHECK(latency["p50"].real() > 0);
  CHECK(latency["p50"].real() <= latency["p99"].real());
  CHECK(latency["p99"].real() <= latency["max"].real());
}

void check_all_right(const Json& result) {
  for (const char* fault :
       {"wrong_scores", "wrong_streaks", "wrong_boards", "wrong_watchers", "wrong_repeats"}) {
    INFO(fault);
    CHECK(result["figures"][fault].number() == 0);
  }
}

// Puts `to` in the place of `from`, of the same length, where `nth` is the so-and-so-many-th time.
TcpProxy::Filter falsify(std::string from, std::string to, int nth, std::atomic<int>& found) {
  REQUIRE(from.size() == to.size());
  return [=, &found](std::string_view bytes) {
    std::string out(bytes);
    for (auto at = out.find(from); at != std::string::npos; at = out.find(from, at + 1)) {
      if (++found % nth == 0) out.replace(at, to.size(), to);
    }
    return out;
  };
}

void check_rewards(const BenchTown& town) {
  const Output output = run(town.command(
      "rewards", {"--rate", "200", "--duration", "2", "--connections", "20", "--repeats", "20",
                  "--ramp", "0.5", "--assert", "operations.points.ms.p99<5000"}));
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["sent"].number() == 350);  // half of the ramp's is missing
  CHECK(result["acked"].number() == 350);
  check_quantiles(result["ack_ms"]);
  std::int64_t acked = 0;
  for (const char* name : {"points", "check_in", "repeat"}) {
    CAPTURE(name);
    const Json operation = result["operations"][name];
    CHECK(operation["acked"].number() > 10);
    CHECK(operation["unknown"].number() == 0);
    check_quantiles(operation["ms"]);
    acked += operation["acked"].number();
  }
  CHECK(acked == 350);
  const Json figures = result["figures"];
  CHECK(figures["users"].number() == 20);
  CHECK(figures["watchers"].number() == 20);
  CHECK(figures["checked_users"].number() == 20);
  // Every key once, and the one by which the board came into being.
  CHECK(figures["activities_acked"].number() + figures["repeats_acked"].number() == 351);
  CHECK(figures["outcomes_unknown"].number() == 0);
  CHECK(figures["board_frames"].number() > 20);
  CHECK(figures["board_copies"].number() >= 20);
  check_all_right(result);
  CHECK(says(output.out, "rewards: 20 connections watching a board at "));
  CHECK(says(output.out, " requests/s intended"));
}

TEST_CASE("rewards: every score, streak and board entry is the sum of what was acked, on SQLite") {
  check_rewards(twenty());
}

TEST_CASE(
    "rewards: every score, streak and board entry is the sum of what was acked, on Postgres") {
  const BenchTown town(
      {.users = 20, .rooms = 2, .members = 10},
      {"shards=2", "app=default", "storage.url=" + PostgresServer::shared().new_database()});
  check_rewards(town);
}

TEST_CASE("rewards: a second run finds streaks of the first, and says which it did not judge") {
  const auto again = [] {
    return run(twenty().command("rewards", {"--rate", "100", "--duration", "0.5"}));
  };
  check_clean(again());
  const Output output = again();
  check_clean(output);
  CHECK(last_line(output.out)["figures"]["unjudged_streaks"].number() > 0);
  CHECK(says(output.out, "had a streak or freezes before the run"));
}

TEST_CASE("rewards: connections that are cut in the middle cost repeats, and count nothing twice") {
  TcpProxy proxy(twenty().server.port());
  BenchRun bench(twenty().command_to(proxy.port(), "rewards",
                                     {"--rate", "300", "--duration", "3", "--connections", "5"}));
  for (int second = 1; second <= 2; ++second) {
    bench.await_second(second);
    proxy.cut_all();
  }
  const Output output = bench.finish();
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["reconnects"].number() >= 5);
  CHECK(result["figures"]["outcomes_unknown"].number() == 0);
  check_all_right(result);
}

TEST_CASE("rewards: a server that is killed and comes back has counted every ack, and each once") {
  BenchTown town({.users = 20, .rooms = 2, .members = 10}, {"app=default"});
  BenchRun bench(town.command(
      "rewards", {"--rate", "200", "--duration", "3", "--connections", "5", "--drain", "30"}));
  bench.await_second(1);
  town.server.kill();
  town.server.start();
  const Output output = bench.finish();
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["retried"].number() > 0);
  CHECK(result["acked"].number() == 600);
  check_all_right(result);
}

TEST_CASE("control: values that were falsified on their way do not pass") {
  std::atomic<int> found = 0;
  TcpProxy proxy(twenty().server.port());
  proxy.filter_all(falsify(R"("value":7)", R"("value":8)", 3, found), nullptr);
  const Output output =
      run(twenty().command_to(proxy.port(), "rewards", {"--rate", "400", "--duration", "1"}));
  INFO(output.out, output.err);
  REQUIRE(found >= 3);
  CHECK(output.status == 1);
  const Json result = last_line(output.out);
  CHECK_FALSE(result["ok"].flag());
  CHECK(result["figures"]["wrong_scores"].number() > 0);
  CHECK(result["figures"]["wrong_boards"].number() > 0);
  CHECK(result["figures"]["wrong_streaks"].number() == 0);
  CHECK(says(output.out, "scores are not the sum of the acked activities: score of usr_"));
}

TEST_CASE("control: keys that change on their way make an activity count twice, and do not pass") {
  std::atomic<int> found = 0;
  TcpProxy proxy(twenty().server.port());
  // Every second request of a key that ends so, whoever sends it.
  proxy.filter_all(falsify(R"(7","occurred_at")", R"(x","occurred_at")", 2, found), nullptr);
  const Output output = run(twenty().command_to(
      proxy.port(), "rewards", {"--rate", "400", "--duration", "1", "--repeats", "60"}));
  INFO(output.out, output.err);
  CHECK(output.status == 1);
  const Json figures = last_line(output.out)["figures"];
  CHECK(figures["wrong_repeats"].number() > 0);
  CHECK(figures["wrong_scores"].number() > 0);
}

TEST_CASE("control: check-ins that are lost behind their ack do not pass") {
  std::atomic<int> found = 0;
  BenchTown town({.users = 5, .rooms = 1, .members = 5}, {"app=default"});
  TcpProxy proxy(town.server.port());
  proxy.filter_all(falsify(R"("kind":"daily_checkin")", R"("kind":"rsvp"         )", 4, found),
                   nullptr);
  const Output output = run(town.command_to(
      proxy.port(), "rewards",
      {"--rate", "150", "--duration", "1", "--repeats", "0", "--check-ins", "100"}));
  INFO(output.out, output.err);
  REQUIRE(found >= 4);
  CHECK(output.status == 1);
  CHECK(last_line(output.out)["figures"]["wrong_streaks"].number() > 0);
  CHECK(last_line(output.out)["figures"]["wrong_scores"].number() == 0);
}

TEST_CASE(
    "rewards: a server whose app takes no such activities is refused, exit 2, with the reason") {
  const BenchTown town({.users = 4, .rooms = 1, .members = 4}, {"app=none"});
  const Output output = run(town.command("rewards", {"--duration", "0.5"}));
  INFO(output.out, output.err);
  CHECK(output.status == 2);
  CHECK(output.out.empty());
  CHECK(says(output.err, "the first activity was not taken (HTTP 4"));
}

TEST_CASE("a server that nobody finds is waited for, and then named, exit 2") {
  auto command = twenty().command("rewards", {"--reconnect-for", "1"});
  const auto url = std::ranges::find(command, "ws://" + twenty().server.address());
  REQUIRE(url != command.end());
  *url = "ws://127.0.0.1:" + std::to_string(free_port());
  const Output rewards = run(command);
  CHECK(rewards.status == 2);
  CHECK(says(rewards.err, *url + ": Connection refused"));
}

TEST_CASE("crud: every operation is made and measured, and every post stands in its feed") {
  const Output output = run(twenty().command(
      "crud", {"--rate", "400", "--duration", "2", "--assert", "operations.club_feed.ms.p99<5000",
               "--assert", "figures.posts_lost=0", "--assert", "figures.posts_doubled=0",
               "--assert", "operations.rsvp.acked>0"}));
  check_clean(output);
  const Json result = last_line(output.out);
  CHECK(result["sent"].number() == 800);
  CHECK(result["acked"].number() == 800);
  for (const char* name :
       {"get_user", "get_me", "update_user", "list_clubs", "get_club", "club_feed", "create_post",
        "get_event", "list_events", "create_event", "rsvp"}) {
    CAPTURE(name);
    const Json operation = result["operations"][name];
    CHECK(operation["acked"].number() > 0);
    CHECK(operation["acked"].number() == operation["sent"].number());
    check_quantiles(operation["ms"]);
  }
  const Json figures = result["figures"];
  CHECK(figures["users"].number() == 20);
  CHECK(figures["clubs"].number() == 10);
  CHECK(figures["events"].number() == 30);
  CHECK(figures["followers"].number() == 10);
  // Those who follow their club see its posts.
  CHECK(result["delivered"].number() >= result["operations"]["create_post"]["acked"].number());
  CHECK(says(output.out, "crud: 10 connections following 10 clubs at "));
}

TEST_CASE("crud on Postgres, with a mix of its own: what is not named is not made") {
  const BenchTown town({.users = 20, .rooms = 2, .members = 10},
                       {"storage.url=" + PostgresServer::shared().new_database()});
  const Output output = run(town.command("crud", {"--rate", "200", "--duration", "1", "--mix",
                                                  "get_user=5,club_feed=3,create_post=2,rsvp=2"}));
  check_clean(output);
  const Json operations = last_line(output.out)["operations"];
  CHECK(operations["get_user"]["acked"].number() > 0);
  CHECK(operations["create_post"]["acked"].number() > 0);
  CHECK(operations["get_me"]["sent"].number() == 0);
}

TEST_CASE("control: crud counts what is refused by its status, and fails") {
  std::atomic<int> found = 0;
  TcpProxy proxy(twenty().server.port());
  proxy.filter_all(falsify("GET /users/me", "GET /users/mx", 2, found), nullptr);
  const Output output = run(twenty().command_to(
      proxy.port(), "crud", {"--rate", "200", "--duration", "1", "--mix", "get_user=1,get_me=1"}));
  INFO(output.out, output.err);
  CHECK(output.status == 1);
  const Json result = last_line(output.out);
  CHECK(result["refused"].number() > 0);
  const Json of = result["operations"]["get_me"];
  CHECK(of["refused"].number() == result["refused"].number());
  CHECK(of["acked"].number() + of["refused"].number() == of["sent"].number());
  const Json errors = of["errors"];
  CHECK((errors["HTTP 400"].present() || errors["HTTP 404"].present()));
  CHECK(result["operations"]["get_user"]["refused"].number() == 0);
}

TEST_CASE("control: a feed that does not show what was posted does not pass") {
  std::atomic<int> found = 0;
  TcpProxy proxy(twenty().server.port());
  proxy.filter_all(nullptr,
                   falsify(R"("items":[{"id":"post_0)", R"("items":[{"id":"post_1)", 1, found));
  const Output output = run(
      twenty().command_to(proxy.port(), "crud",
                          {"--rate", "100", "--duration", "1", "--mix", "create_post=1,get_me=1"}));
  INFO(output.out, output.err);
  REQUIRE(found > 0);
  CHECK(output.status == 1);
  CHECK(last_line(output.out)["figures"]["posts_lost"].number() > 0);
  CHECK(says(output.out, "acked posts do not stand in their club's feed exactly once"));
}

TEST_CASE("control: a post that was made twice does not pass, though each has its ack") {
  std::atomic<int> found = 0;
  TcpProxy proxy(twenty().server.port());
  // As where a repeat is taken for a new post: each has an id, and both say the same.
  proxy.filter_all(falsify(R"(number 11")", R"(number 10")", 1, found), nullptr);
  const Output output = run(twenty().command_to(
      proxy.port(), "crud", {"--rate", "100", "--duration", "1", "--mix", "create_post=1"}));
  INFO(output.out, output.err);
  REQUIRE(found > 0);
  CHECK(output.status == 1);
  const Json figures = last_line(output.out)["figures"];
  CHECK(figures["posts_lost"].number() == 0);
  CHECK(figures["posts_doubled"].number() == 1);
  CHECK(says(output.out, "1 posts were made more than once: \"What a day, number 10\""));
}

}  // namespace
}  // namespace kith::test
