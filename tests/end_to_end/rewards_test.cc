// Activities over HTTP, and what follows from them on the user's own channel, live and after a
// crash; on the embedded store and on Postgres.
#include <doctest/doctest.h>

#include "tests/end_to_end/activities.h"
#include "tests/support/postgres_server.h"
#include "tests/support/test_server.h"

namespace kith::test {
namespace {

struct Embedded {
  static std::vector<std::string> settings() { return {"app=default"}; }
};
struct OnPostgres {
  static std::vector<std::string> settings() {
    return {"app=default", "storage.url=" + PostgresServer::shared().new_database()};
  }
};

TEST_CASE_TEMPLATE("activities feed streaks, scores and badges, told live on the user's channel",
                   Store, Embedded, OnPostgres) {
  const TestServer server(Store::settings());
  const User user = server.sign_up();
  const User other = server.sign_up("other");
  WsClient socket = connect(server, user);
  HttpClient http = server.http();
  const auto post = [&](const std::string& body) {
    return http.post("/activities", body, user.token);
  };

  const auto first = post(activity("daily_checkin", "c-1", midday()));
  REQUIRE(first.status == 200);
  const Json recorded = first.json();
  CHECK(recorded["activity_id"].text().starts_with("act_"));
  CHECK_FALSE(recorded["duplicate"].flag());
  REQUIRE(recorded["streaks"].size() == 1);
  CHECK(recorded["streaks"][0]["streak_type"].text() == "daily_checkin");
  CHECK(recorded["streaks"][0]["longest_streak"].number() == 1);
  CHECK(recorded["scores"].dump() == "[]");
  CHECK(recorded["badges"].dump() == "[]");
  const Json told = socket.expect("streak.updated");
  CHECK(told["channel"].text() == user.id);
  CHECK(told["seq"].number() == 1);
  CHECK(told["streak_type"].text() == "daily_checkin");
  CHECK(told["longest_streak"].number() == 1);

  // The days before it, told of late: seven in a row, and the badge that goes with it.
  for (int day = 1; day < 7; ++day) {
    const auto late =
        post(activity("daily_checkin", "c-" + std::to_string(day + 1), midday() - 24h * day));
    REQUIRE(late.status == 200);
    CHECK(socket.expect("streak.updated")["longest_streak"].number() == day + 1);
    CHECK(late.json()["badges"].size() == (day == 6 ? 1 : 0));
  }
  const Json badge = socket.expect("badge.earned");
  CHECK(badge["code"].text() == "streak_7");
  CHECK(badge["seq"].number() == 8);

  const auto badges = http.get("/badges/" + user.id, other.token);
  REQUIRE(badges.status == 200);
  CHECK(badges.json().keys() == std::vector<std::string>{"badges"});
  CHECK(badges.json()["badges"][0]["code"].text() == "streak_7");
  CHECK(badges.json()["badges"][0]["name"].text() == "A Whole Week");
  const Json own = http.get("/badges/me", user.token).json();
  CHECK(own["progress"][0]["code"].text() == "event_10");
  CHECK(own["progress"][0]["target"].number() == 10);
}

TEST_CASE_TEMPLATE("points add up by category, once each, with a series for charts", Store,
                   Embedded, OnPostgres) {
  const TestServer server(Store::settings());
  const User user = server.sign_up();
  WsClient socket = connect(server, user);
  HttpClient http = server.http();
  const auto post = [&](const std::string& body) {
    return http.post("/activities", body, user.token);
  };

  const auto scored = post(activity("points", "p-1", now(), R"(,"value":40)"));
  REQUIRE(scored.status == 200);
  CHECK(scored.json()["scores"].dump() == R"([{"category":"overall","score":40,"delta":40}])");
  const Json score = socket.expect("score.updated");
  CHECK(score["category"].text() == "overall");
  CHECK(score["score"].number() == 40);
  CHECK(score["delta"].number() == 40);
  CHECK(score["composite"].real() == 40);
  REQUIRE(post(activity("points", "p-2", now(), R"(,"value":2,"category":"running")")).status ==
          200);
  CHECK(socket.expect("score.updated")["category"].text() == "running");

  // The same again, and another under the same key.
  const std::string once = activity("points", "p-3", now(), R"(,"value":5)");
  const Json original = post(once).json();
  socket.expect("score.updated");
  const Json repeat = post(once).json();
  CHECK(repeat["duplicate"].flag());
  CHECK(repeat["activity_id"].text() == original["activity_id"].text());
  CHECK(repeat["scores"][0]["score"].number() == 45);
  CHECK(post(activity("points", "p-3", now(), R"(,"value":6)")).status == 409);
  CHECK(socket.fence().empty());

  const Json scores = http.get("/users/" + user.id + "/scores", user.token).json();
  CHECK(scores["composite"].real() == 45);
  CHECK(scores["categories"].dump() == R"([{"category":"overall","score":45,"weight":1},)"
                                       R"({"category":"running","score":2,"weight":0}])");
  const Json series =
      http.get("/users/me/scores?resolution=week&from=" + format_time(now() - 24h * 20), user.token)
          .json();
  REQUIRE(series["series"].size() >= 3);
  CHECK(series["series"][series["series"].size() - 1]["composite"].real() == 45);
  CHECK(series["series"][0]["composite"].real() == 0);
}

TEST_CASE_TEMPLATE("the document's streak call, to the letter", Store, Embedded, OnPostgres) {
  const TestServer server(Store::settings());
  const User user = server.sign_up();
  const User other = server.sign_up("other");
  HttpClient http = server.http();
  const std::string path = "/streaks/" + user.id;
  const auto body = [](std::string_view event, WallTime at) {
    return R"({"event":")" + std::string(event) + R"(","occurred_at":")" + format_time(at) + "\"}";
  };
  const WallTime noon = midday();
  CHECK(http.post(path, body("daily_checkin", noon - 24h), user.token).status == 200);
  const auto second = http.post(path, body("daily_checkin", noon), user.token);
  CHECK(second.status == 200);
  CHECK(second.json().keys() == std::vector<std::string>{"current_streak", "longest_streak"});
  CHECK(second.json()["longest_streak"].number() == 2);
  CHECK(
      http.post(path, body("daily_checkin", noon), user.token).json()["longest_streak"].number() ==
      2);
  CHECK(http.post("/api/v1" + path, body("rsvp", noon), user.token).status == 200);
  CHECK(http.post(path, body("daily_checkin", noon), other.token).status == 403);
  for (const std::string& wrong :
       {body("flying", noon), body("points", noon), body("daily_checkin", now() + 10min),
        body("daily_checkin", now() - 24h * 31), std::string(R"({"event":"daily_checkin"})"),
        std::string(R"({"event":"daily_checkin","occurred_at":"yesterday"})")}) {
    INFO(wrong);
    const auto refused = http.post(path, wrong, user.token);
    CHECK(refused.status == 422);
    CHECK(refused.json()["errors"].size() == 1);
  }
  const Json streaks = http.get(path, user.token).json();
  REQUIRE(streaks["streaks"].size() == 4);
  CHECK(streaks["streaks"][0]["streak_type"].text() == "daily_checkin");
  CHECK(streaks["streaks"][0]["longest_streak"].number() == 2);
  CHECK(streaks["streaks"][3]["period"].text() == "week");
}

TEST_CASE("a message sent is an activity of its own, once, whatever happens to the server") {
  TestServer server({"app=default"});
  const User user = server.sign_up();
  const std::string chat = server.group(user, {});
  {
    WsClient socket = connect_to(server, user, {chat});
    say(socket, chat, "m-1", "hello");
    const Json told = socket.wait_for("streak.updated");
    CHECK(told["streak_type"].text() == "message");
    CHECK(told["current_streak"].number() == 1);
    for (int i = 2; i <= 60; ++i) say(socket, chat, "m-" + std::to_string(i), "hello");
  }
  server.kill();
  server.start();
  WsClient socket = connect_to(server, user, {chat});
  for (int i = 61; i <= 100; ++i) say(socket, chat, "m-" + std::to_string(i), "hello");
  const Json badge = socket.wait_for("badge.earned");
  CHECK(badge["code"].text() == "voice_100");
  const Json own = server.http().get("/badges/me", user.token).json();
  CHECK(own["badges"][0]["code"].text() == "voice_100");
}

}  // namespace
}  // namespace kith::test
