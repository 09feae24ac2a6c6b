// Rewards where things go wrong: two nodes, a server that is killed, limits, time zones, profiles.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "tests/end_to_end/activities.h"
#include "tests/support/postgres_server.h"
#include "tests/support/test_server.h"

namespace kith::test {
namespace {

TEST_CASE("what one node is told of, the other's sockets hear, and counts once on both") {
  const std::string url = PostgresServer::shared().new_database();
  const std::vector<std::string> settings = {"app=default", "storage.url=" + url, "shards=1"};
  const TestServer here(settings);
  const TestServer there(settings);
  const User user = here.sign_up();
  WsClient socket = connect(there, user);
  const std::string body = activity("points", "p", now(), R"(,"value":3)");
  int fresh = 0;
  for (const TestServer* node : {&here, &there, &here, &there}) {
    const auto recorded = node->http().post("/activities", body, user.token);
    REQUIRE(recorded.status == 200);
    fresh += recorded.json()["duplicate"].flag() ? 0 : 1;
  }
  CHECK(fresh == 1);
  CHECK(socket.expect("score.updated")["score"].number() == 3);
  CHECK(there.http().get("/users/me/scores", user.token).json()["composite"].real() == 3);
}

struct KilledEmbedded {
  static std::vector<std::string> settings() { return {"app=default"}; }
};
struct KilledOnPostgres {
  static std::vector<std::string> settings() {
    return {"app=default", "storage.url=" + PostgresServer::shared().new_database()};
  }
};

TEST_CASE_TEMPLATE("acked activities survive kill -9; others count once when told again", Store,
                   KilledEmbedded, KilledOnPostgres) {
  TestServer server(Store::settings());
  const User user = server.sign_up();
  const WallTime noon = midday();
  std::int64_t sum = 0;
  for (int round = 0; round < 3; ++round) {
    const WallTime at = now();
    // Points, and in each round three check-ins of days that follow each other.
    const auto deed = [&](int i) {
      const std::string key = std::to_string(round) + "-" + std::to_string(i);
      if (i != 0 && i != 5 && i != 10) return activity("points", key, at, R"(,"value":1)");
      return activity("daily_checkin", key, noon - 24h * (round * 3 + i / 5));
    };
    std::atomic<int> acked = 0;
    std::thread teller([&] {
      try {
        HttpClient http = server.http();
        for (int i = 0; i < 400; ++i) {
          if (http.post("/activities", deed(i), user.token).status != 200) return;
          ++acked;
        }
      } catch (const std::exception&) {  // the server is gone
      }
    });
    while (acked < 20 + round * 30) std::this_thread::yield();
    server.kill();
    teller.join();
    server.start();
    HttpClient http = server.http();
    for (int i = 0; i < acked + 5; ++i) {
      const auto again = http.post("/activities", deed(i), user.token);
      REQUIRE(again.status == 200);
      if (i < acked) CHECK(again.json()["duplicate"].flag());
    }
    sum += acked + 5 - 3;
    CHECK(http.get("/users/me/scores", user.token).json()["composite"].real() ==
          static_cast<double>(sum));
    const Json board = http.get("/leaderboards", user.token).json();
    CHECK(board["total"].number() == 1);
    CHECK(board["me"]["score"].number() == sum);
    const Json streak = http.get("/streaks/me", user.token).json()["streaks"][0];
    CHECK(streak["current_streak"].number() == (round + 1) * 3);
  }
  const Json badges = server.http().get("/badges/me", user.token).json()["badges"];
  REQUIRE(badges.size() == 1);
  CHECK(badges[0]["code"].text() == "streak_7");
  int told = 0;
  const Json notices = server.http().get("/notifications", user.token).json()["items"];
  for (std::size_t i = 0; i < notices.size(); ++i) {
    told += notices[i]["type"].text() == "badge.earned" ? 1 : 0;
  }
  CHECK(told == 1);
}

TEST_CASE("six hundred activities a minute are taken; what is over the limit is told when") {
  const TestServer server({"app=default", "limits.activities_per_minute=600"});
  const User user = server.sign_up();
  HttpClient http = server.http();
  const WallTime at = now();
  const auto tell = [&](int i) {
    return http.post("/activities", activity("points", std::to_string(i), at, R"(,"value":1)"),
                     user.token);
  };
  for (int i = 0; i < 600; ++i) REQUIRE(tell(i).status == 200);
  int i = 600;
  auto answer = tell(i);
  while (answer.status == 200 && i < 1200) answer = tell(++i);
  REQUIRE(answer.status == 429);
  CHECK_FALSE(answer.header("retry-after").empty());
  CHECK(http.get("/users/me/scores", user.token).json()["composite"].real() == i);
}

TEST_CASE("a time zone is set, and what is none is refused") {
  const TestServer server({"app=default"});
  const User user = server.sign_up();
  HttpClient http = server.http();
  const auto set = [&](std::string_view zone) {
    return http.patch("/users/me/time_zone", R"({"time_zone":")" + std::string(zone) + "\"}",
                      user.token);
  };
  CHECK(set("Europe/Berlin").status == 200);
  CHECK(set("Asia/Tokyo").json()["time_zone"].text() == "Asia/Tokyo");
  CHECK(set("../../../etc/passwd").status == 422);
  CHECK(set("Europe/Nowhere").json()["errors"][0]["field"].text() == "time_zone");
  REQUIRE(http.post("/activities", activity("daily_checkin", "k", now()), user.token).status ==
          200);
  CHECK(set("Europe/Rome").status == 200);  // within the hour: the other one was a mistake
}

TEST_CASE("an app brings its own profile; a broken one stops the start") {
  const TemporaryDirectory directory;
  const std::string path = (directory.path() / "mine.toml").string();
  const auto check = [&](std::string_view toml) {
    write_file(path, std::string(toml));
    return run({kithd(), "check-config", "--set", "app=" + path});
  };
  CHECK(check(R"([[activity]]
kind = "run"
scores = [{ points = "value" }]
[scores]
open_categories = true
)")
            .status == 0);
  const auto wrong = check("[[badge]]\ncode = \"x\"\nname = \"X\"\ncont = 3\n");
  CHECK(wrong.status == 78);
  CHECK(wrong.err.find("mine.toml") != std::string::npos);
  CHECK(run({kithd(), "check-config", "--set", "app=nothing"}).status == 78);

  const TestServer server({"app=preparedness"});
  const User user = server.sign_up();
  HttpClient http = server.http();
  const auto task = http.post(
      "/activities", activity("task", "t", now(), R"(,"category":"water","value":62)"), user.token);
  REQUIRE(task.status == 200);
  const Json scores = http.get("/users/me/scores", user.token).json();
  CHECK(scores["categories"].size() == 8);
  CHECK(scores["composite"].real() == doctest::Approx(12.4));
  CHECK(http.post("/activities", activity("task", "u", now(), R"(,"category":"golf","value":1)"),
                  user.token)
            .status == 422);
}

}  // namespace
}  // namespace kith::test
