// Leaderboards on the real server: over HTTP, live on sockets, for readers that are slow.
#include <algorithm>

#include "tests/end_to_end/activities.h"
#include "tests/support/postgres_server.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

constexpr std::size_t kPeople = 120;
constexpr int kMessages = 120;
constexpr int kRounds = 12;

struct Town {
  TemporaryDirectory directory;
  std::vector<User> users;    // the one with the most points first
  std::vector<User> members;  // two, of a chat
  std::string chat;
  TestServer server;  // last: what it is seeded with is kept in the others

  explicit Town(const char* shards)
      : server({shards, "limits.messages_per_minute=0"}, [this](const auto& data) {
          const auto file = (directory.path() / "seed.json").string();
          REQUIRE(run({kithd(), "seed", "--data", data.string(), "--users", std::to_string(kPeople),
                       "--rooms", "1", "--members", "2", "--scores", "--out", file})
                      .status == 0);
          const Json seed = Json::parse(read_file(file));
          for (std::size_t i = 0; i < kPeople; ++i) {
            User user;
            user.id = seed["users"][i]["id"].text();
            user.token = seed["users"][i]["token"].text();
            users.push_back(user);
          }
          chat = seed["chats"][0]["id"].text();
          members = {users[0], users[1]};
          std::vector<std::pair<std::int64_t, User>> order;
          for (std::size_t i = 0; i < kPeople; ++i) {
            const auto score = static_cast<std::int64_t>(i * 7919 % 100'000 + 1);
            order.emplace_back(-score, users[i]);
          }
          std::sort(order.begin(), order.end(),
                    [](const auto& left, const auto& right) { return left.first < right.first; });
          for (std::size_t i = 0; i < kPeople; ++i) users[i] = order[i].second;
        }) {}

  Json get(const std::string& query, const User& user) const {
    const auto response = server.http().get("/leaderboards" + query, user.token);
    CHECK(response.status == 200);
    return response.json();
  }
  void hide(const User& user, bool hidden) const {
    const auto response = server.http().patch(
        "/leaderboards/me", std::string(R"({"hidden":)") + (hidden ? "true" : "false") + "}",
        user.token);
    CHECK(response.status == 200);
    CHECK(response.json()["hidden"].flag() == hidden);
    CHECK(server.http().get("/leaderboards/me", user.token).json()["hidden"].flag() == hidden);
  }
};

// A copy of the first 100, kept as the protocol says.
struct Copy {
  std::string board;
  std::vector<std::string> users;
  std::int64_t revision = 0;
  int frames = 0;
  int mismatches = 0;

  void ask(WsClient& socket) {
    const Json answer = socket.ask(R"({"type":"leaderboard","channel":")" + board + R"("})");
    REQUIRE(answer["type"].text() == "leaderboard");
    users.clear();
    take(answer);
  }
  // True: it fits.
  bool apply(const Json& frame) {
    ++frames;
    if (frame["revision"].number() <= revision) return true;
    if (frame["base"].number() != revision) {
      ++mismatches;
      return false;
    }
    take(frame);
    return true;
  }
  void take(const Json& frame) {
    for (std::size_t i = 0; i < frame["entries"].size(); ++i) {
      const Json entry = frame["entries"][i];
      const auto rank = static_cast<std::size_t>(entry["rank"].number());
      if (users.size() < rank) users.resize(rank);
      users[rank - 1] = entry["user_id"].text();
    }
    const auto total = static_cast<std::size_t>(frame["total"].number());
    if (users.size() > total) users.resize(total);
    revision = frame["revision"].number();
  }
};

std::vector<std::string> first_hundred(const Town& town, const User& user) {
  const Json page = town.get("?limit=100", user);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < page["items"].size(); ++i) {
    out.push_back(page["items"][i]["user_id"].text());
  }
  return out;
}

KITH_ON_SHARDS("a leaderboard is read from the top, page by page, and around oneself") {
  const Town town(Shards::kSetting);
  const Json top = town.get("?limit=2", town.users[5]);
  REQUIRE(top["items"].size() == 2);
  CHECK(top["items"][0]["rank"].number() == 1);
  CHECK(top["items"][0]["user_id"].text() == town.users[0].id);
  CHECK(top["items"][1]["user_id"].text() == town.users[1].id);
  CHECK(top["total"].number() == static_cast<std::int64_t>(kPeople));
  CHECK(top["me"]["rank"].number() == 6);
  CHECK(top["me"]["user_id"].text() == town.users[5].id);
  CHECK(top["board_id"].text().starts_with("board_"));
  const Json next = town.get("?limit=2&cursor=" + top["next_cursor"].text(), town.users[5]);
  CHECK(next["items"][0]["rank"].number() == 3);
  CHECK(next["items"][0]["user_id"].text() == town.users[2].id);
  const Json around = town.get("?around_me=true&limit=3&period=day", town.users[50]);
  CHECK(around["items"][0]["rank"].number() == 50);
  CHECK(around["items"][1]["user_id"].text() == town.users[50].id);

  const Json nowhere = town.get("?city=Atlantis&category=water&period=week", town.users[0]);
  CHECK(nowhere["items"].size() == 0);
  CHECK(nowhere["board_id"].is_null());
  CHECK(nowhere["me"].is_null());
  for (const char* field : {"period", "cursor", "limit", "around_me", "city", "category"}) {
    const std::string wrong = std::string(field) == "city" || std::string(field) == "category"
                                  ? std::string(500, 'x')
                                  : "-x";
    const auto refused = town.server.http().get("/leaderboards?" + std::string(field) + "=" + wrong,
                                                town.users[0].token);
    INFO(field);
    CHECK(refused.status == 422);
    CHECK(refused.json()["errors"][0]["field"].text() == field);
  }
}

KITH_ON_SHARDS("two watch a board and see every change, whichever shard it comes from") {
  const Town town(Shards::kSetting);
  std::vector<WsClient> sockets;
  std::vector<Copy> copies;
  const std::string board = town.get("", town.users[0])["board_id"].text();
  for (std::size_t i = 0; i < 4; ++i) {  // with two shards some come to either
    sockets.push_back(connect(town.server, town.users[i]));
    CHECK(subscribe(sockets.back(), board)["type"].text() == "subscribed");
    copies.push_back({.board = board});
    copies.back().ask(sockets.back());
    CHECK(copies.back().users == first_hundred(town, town.users[i]));
  }
  for (const std::size_t goes : {10U, 0U, 99U, 50U}) {
    town.hide(town.users[goes], true);
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      while (std::find(copies[i].users.begin(), copies[i].users.end(), town.users[goes].id) !=
             copies[i].users.end()) {
        REQUIRE(copies[i].apply(sockets[i].wait_for("leaderboard.updated")));
      }
    }
  }
  const std::vector<std::string> expected = first_hundred(town, town.users[1]);
  CHECK(expected.size() == 100);
  for (const Copy& copy : copies) {
    CHECK(copy.users == expected);
    CHECK(copy.mismatches == 0);
  }
  // Who hides is told so, and is no one's neighbour.
  const Json hidden = town.get("?around_me=1", town.users[0]);
  CHECK(hidden["items"].size() == 0);
  CHECK(hidden["me"]["rank"].is_null());
  CHECK(hidden["me"]["score"].number() > 0);
  town.hide(town.users[0], false);
  copies[1].apply(sockets[1].wait_for("leaderboard.updated"));
  CHECK(copies[1].users.front() == town.users[0].id);
}

KITH_ON_SHARDS("a reader that takes nothing for a while comes back to the board as it is") {
  const Town town(Shards::kSetting);
  const std::string board = town.get("", town.users[0])["board_id"].text();
  WsClient slow(town.server.port(), {.receive_buffer_bytes = 4096});
  slow.send(init_frame(town.members[0]));
  slow.wait_for("connection.ready");
  subscribe(slow, board);
  subscribe(slow, town.chat);
  Copy copy{.board = board};
  copy.ask(slow);
  WsClient fast = connect_to(town.server, town.members[1], {town.chat});
  subscribe(fast, board);
  Copy other{.board = board};
  other.ask(fast);
  // More than its socket and its budget hold.
  for (int i = 0; i < kMessages; ++i) {
    say(fast, town.chat, std::to_string(i), std::string(50'000, 'x'));
  }
  for (int round = 0; round < kRounds; ++round) {
    town.hide(town.users[2], round % 2 == 0);
    REQUIRE(other.apply(fast.wait_for("leaderboard.updated")));
  }
  CHECK(other.mismatches == 0);
  int messages = 0;
  // Not until the last revision: what its shard read as before, it told nobody.
  while (copy.users != other.users || messages < kMessages) {
    const Json frame = slow.next();
    const std::string type = frame["type"].text();
    messages += type == "message.new" ? 1 : 0;
    if (type == "leaderboard.updated" && !copy.apply(frame)) copy.ask(slow);
  }
  CHECK(copy.frames < kRounds);
  CHECK(copy.users == other.users);
  CHECK(copy.users == first_hundred(town, town.users[1]));
}

struct Embedded {
  static std::vector<std::string> settings() { return {"app=default", "shards=2"}; }
};
struct OnPostgres {
  static std::vector<std::string> settings() {
    return {"app=default", "shards=2", "storage.url=" + PostgresServer::shared().new_database()};
  }
};

TEST_CASE_TEMPLATE("a score that is earned moves the boards, in the same transaction and live",
                   Store, Embedded, OnPostgres) {
  const TestServer server(Store::settings());
  const std::vector<User> users = server.sign_up(3);
  HttpClient http = server.http();
  int keys = 0;
  const auto earn = [&](const User& user, int points, std::string_view category) {
    const auto answer = http.post("/activities",
                                  activity("points", std::to_string(++keys), now(),
                                           ",\"value\":" + std::to_string(points) +
                                               ",\"category\":\"" + std::string(category) + "\""),
                                  user.token);
    REQUIRE(answer.status == 200);
  };
  const auto board_of = [&](std::string_view query) {
    return http.get("/leaderboards" + std::string(query), users[0].token).json();
  };
  // Nobody has scored, and it can be followed all the same.
  const std::string before = board_of("")["board_id"].text();
  CHECK(before.starts_with("board_"));
  CHECK(board_of("?category=water")["board_id"].is_null());  // not one of the profile's
  CHECK(http.get("/leaderboards/past?period=day", users[0].token).status == 404);
  CHECK(http.get("/leaderboards/past?at=yesterday", users[0].token).status == 422);
  earn(users[0], 10, "overall");
  const Json first = board_of("");
  CHECK(first["board_id"].text() == before);
  REQUIRE(first["items"].size() == 1);
  CHECK(first["me"]["rank"].number() == 1);

  WsClient watcher = connect(server, users[2]);
  subscribe(watcher, first["board_id"].text());
  Copy copy{.board = first["board_id"].text()};
  copy.ask(watcher);
  earn(users[1], 20, "overall");
  // What is acknowledged is seen at once, by whoever asks.
  CHECK(board_of("?period=day")["items"][0]["user_id"].text() == users[1].id);
  REQUIRE(copy.apply(watcher.wait_for("leaderboard.updated")));
  CHECK(copy.users == std::vector{users[1].id, users[0].id});
  earn(users[2], 20, "overall");  // second to have 20
  REQUIRE(copy.apply(watcher.wait_for("leaderboard.updated")));
  CHECK(copy.users == std::vector{users[1].id, users[2].id, users[0].id});
  earn(users[0], 7, "water");
  CHECK(board_of("?category=water&period=season")["items"][0]["score"].number() == 7);
  CHECK(board_of("?category=overall&period=week")["me"]["score"].number() == 10);
}

}  // namespace
}  // namespace kith::test
