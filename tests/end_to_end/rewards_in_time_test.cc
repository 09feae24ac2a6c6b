// Rewards and time, over HTTP: weeks, freezes and grace; a streak that is about to end; a profile
// that has changed with a restart.
#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>

#include "storage/sqlite_connection.h"
#include "tests/end_to_end/activities.h"
#include "tests/support/await.h"
#include "tests/support/test_server.h"

namespace kith::test {
namespace {

// A profile in a file, which is the server's.
class ProfileServer {
 public:
  explicit ProfileServer(const std::string& profile) { write(profile); }

  void write(const std::string& profile) const {
    write_file(path_, "[scores]\nopen_categories = true\n" + profile);
  }
  TestServer& operator*() { return server(); }
  TestServer* operator->() { return &server(); }

 private:
  TestServer& server() {
    if (!server_) server_.emplace(std::vector<std::string>{"app=" + path_, "shards=1"});
    return *server_;
  }

  TemporaryDirectory directory_;
  std::string path_ = (directory_.path() / "mine.toml").string();
  std::optional<TestServer> server_;
};

struct Doer {
  TestServer& server;
  User user = server.sign_up();
  int keys = 0;

  Json get(const std::string& path) const { return server.http().get(path, user.token).json(); }
  void tell(std::string_view kind, WallTime at) {
    const auto answer =
        server.http().post("/activities", activity(kind, std::to_string(++keys), at), user.token);
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
  }
  Json streak(std::size_t index) const { return get("/streaks/me")["streaks"][index]; }
};

TEST_CASE("a weekly streak has a freeze for one missed week, and for no second one") {
  ProfileServer town(R"(
[[activity]]
kind = "run"
[[streak]]
type = "runs"
kinds = ["run"]
period = "week"
freezes = 1
)");
  const WallTime today = midday();
  Doer steady{*town};
  for (const int weeks : {0, 3, 2}) steady.tell("run", today - 24h * 7 * weeks);  // late, too
  const Json kept = steady.streak(0);
  CHECK(kept["period"].text() == "week");
  CHECK(kept["current_streak"].number() == 3);
  CHECK(kept["freezes"].number() == 0);
  Doer idle{*town};
  for (const int weeks : {3, 0}) idle.tell("run", today - 24h * 7 * weeks);
  CHECK(idle.streak(0)["current_streak"].number() == 1);
  CHECK(idle.streak(0)["longest_streak"].number() == 1);
  Doer fresh{*town};
  CHECK(fresh.streak(0)["freezes"].number() == 1);
}

TEST_CASE("what is done within the grace of a day keeps the one before from being missed") {
  ProfileServer town(R"(
[[activity]]
kind = "walk"
[[streak]]
type = "walks"
kinds = ["walk"]
grace_hours = 6
)");
  const WallTime today = std::chrono::floor<std::chrono::days>(now());
  Doer early{*town};
  early.tell("walk", today - 24h * 3 + 12h);
  early.tell("walk", today - 24h + 3h);
  CHECK(early.streak(0)["current_streak"].number() == 2);
  Doer late{*town};
  late.tell("walk", today - 24h * 3 + 12h);
  late.tell("walk", today - 24h + 7h);
  CHECK(late.streak(0)["longest_streak"].number() == 1);
}

// In which it is about noon now.
std::string zone_at_noon() {
  const auto hour = (now() - std::chrono::floor<std::chrono::days>(now())) / 1h;
  const auto behind = hour - 12;
  return "Etc/GMT" + std::string(behind < 0 ? "-" : "+") + std::to_string(std::abs(behind));
}

TEST_CASE("who has a streak that ends soon is told, once, and no more when something was done") {
  ProfileServer town(R"(
[[activity]]
kind = "walk"
[[streak]]
type = "walks"
kinds = ["walk"]
at_risk_hours = 19
)");
  Doer doer{*town};
  REQUIRE(town->http()
              .patch("/users/me/time_zone", R"({"time_zone":")" + zone_at_noon() + "\"}",
                     doer.user.token)
              .status == 200);
  doer.tell("walk", now() - 24h);
  CHECK(doer.streak(0)["at_risk"].flag());
  // It has been since five o'clock of its day; as though nobody had looked yet.
  town->terminate();
  {
    auto db =
        SqliteConnection::open((town->data() / "kith.db").string(), SqliteConnection::Mode::write);
    REQUIRE(db.ok());
    (*db)->begin_write();
    CHECK((*db)->execute("UPDATE streaks SET at_risk = 0, due_at = 0") == 1);
    (*db)->commit();
    REQUIRE_FALSE((*db)->failure().has_value());
  }
  town->start();
  const auto notices = [&] { return doer.get("/notifications")["items"]; };
  REQUIRE(
      await_condition(Clock::now() + kPatience * 2, 20ms, [&] { return notices().size() > 0; }));
  const Json notice = notices()[0];
  CHECK(notice["type"].text() == "streak.at_risk");
  CHECK(notice["payload"]["streak_type"].text() == "walks");
  CHECK(notice["payload"]["current_streak"].number() == 1);
  CHECK(notice["payload"]["ends_at"].text() == doer.streak(0)["ends_at"].text());
  doer.tell("walk", now());
  CHECK_FALSE(doer.streak(0)["at_risk"].flag());
  CHECK(doer.streak(0)["current_streak"].number() == 2);
  CHECK(notices().size() == 1);
}

TEST_CASE("a profile that has changed is back-filled after the restart, once") {
  const std::string before = R"(
[[activity]]
kind = "walk"
)";
  ProfileServer town(before);
  Doer doer{*town};
  for (const int days : {2, 1, 0}) doer.tell("walk", midday() - 24h * days);
  CHECK(doer.get("/badges/me")["progress"].size() == 0);
  town->terminate();
  town.write(before + R"(
[[streak]]
type = "walks"
kinds = ["walk"]
[[badge]]
code = "three"
name = "Three"
count = { kind = "walk", at_least = 3 }
)");
  const auto earned = [&] { return doer.get("/badges/me")["badges"].size(); };
  for (int start = 0; start < 2; ++start) {
    town->start();
    REQUIRE(await_condition(Clock::now() + kPatience * 2, 20ms, [&] { return earned() > 0; }));
    CHECK(earned() == 1);
    CHECK(doer.streak(0)["longest_streak"].number() == 3);
    const Json notices = doer.get("/notifications");
    CHECK(notices["items"].size() == 1);
    CHECK(notices["items"][0]["payload"]["code"].text() == "three");
    town->terminate();
  }
}

}  // namespace
}  // namespace kith::test
