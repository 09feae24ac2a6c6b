// Another back end looks who is online, and ends connections: on every shard and every node.
#include <doctest/doctest.h>

#include "tests/support/postgres_server.h"
#include "tests/support/redis_server.h"
#include "tests/support/service.h"

namespace kith::test {
namespace {

// Nodes that share a Postgres and a Redis, or where `nodes` is 1 a server of several shards.
struct ServedTown {
  explicit ServedTown(std::size_t nodes) {
    if (nodes == 1) {
      servers.push_back(std::make_unique<TestServer>(
          std::vector<std::string>{"shards=3"}, [this](const std::filesystem::path& data) {
            token = make_service_token({"--data", data.string()});
          }));
      return;
    }
    redis.emplace();
    const std::string store = "storage.url=" + PostgresServer::shared().new_database();
    const TemporaryDirectory directory;
    token = make_service_token({"--data", directory.path().string(), "--set", store});
    for (std::size_t i = 0; i < nodes; ++i) {
      servers.push_back(std::make_unique<TestServer>(std::vector<std::string>{
          store, "shards=1", "bus.url=redis://127.0.0.1:" + std::to_string(redis->port())}));
    }
  }
  TestServer& at(std::size_t index) { return *servers[index % servers.size()]; }
  HttpResponse ask(std::string method, std::string path, std::string body = {}) {
    return ask_as_service(
        at(0), token,
        {.method = std::move(method), .path = std::move(path), .body = std::move(body)});
  }
  std::vector<bool> online(const std::vector<User>& users) {
    std::string list;
    for (const User& user : users) list += (list.empty() ? "" : ",") + user.id;
    const HttpResponse answer = ask("GET", "/presence?users=" + list);
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    std::vector<bool> out;
    for (std::size_t i = 0; i < users.size(); ++i) {
      CHECK(answer.json()["items"][i]["user_id"].text() == users[i].id);
      out.push_back(answer.json()["items"][i]["online"].flag());
    }
    return out;
  }

  std::string token;
  std::optional<RedisServer> redis;
  std::vector<std::unique_ptr<TestServer>> servers;
};

void check_presence(ServedTown& town) {
  const auto users = town.at(0).sign_up(3);
  CHECK(town.online(users) == std::vector<bool>{false, false, false});
  WsClient here = connect(town.at(0), users[0]);
  WsClient there = connect(town.at(1), users[1]);
  // A node follows the channel of a user who has just come by then or a moment later.
  const auto deadline = Clock::now() + kPatience;
  while (town.online(users) != std::vector<bool>{true, true, false}) {
    REQUIRE(Clock::now() < deadline);
  }
  CHECK(town.ask("GET", "/presence").status == 400);
  CHECK(town.ask("GET", "/presence?users=nobody").status == 400);
}

void check_disconnect(ServedTown& town) {
  const User user = town.at(0).sign_up();
  const User other = town.at(0).sign_up();
  const std::string path = "/users/" + user.id + "/disconnect";
  WsClient bystander = connect(town.at(1), other);
  std::vector<WsClient> sockets;
  for (std::size_t i = 0; i < 4; ++i) sockets.push_back(connect(town.at(i), user));
  const HttpResponse done = town.ask("POST", path, R"({"reason":"moved to another plan"})");
  REQUIRE_MESSAGE(done.status == 200, done.body);
  CHECK(done.json()["logins_ended"].number() == 0);
  for (WsClient& socket : sockets) {
    CHECK(socket.wait_for("app.event")["name"].text() == "kith.disconnected");
    CHECK(socket.wait_close() == 4003);
    REQUIRE(socket.closing());
    CHECK((*socket.closing())["reconnect"].flag());
  }
  WsClient back = connect(town.at(1), user);  // the login stands
  CHECK(town.ask("POST", path, R"({"end_logins":true})").json()["logins_ended"].number() == 1);
  CHECK(back.wait_close() == 4507);
  CHECK(town.at(1).http().get("/users/me", user.token).status == 401);

  const User logged_in = town.at(0).log_in(user);
  WsClient last = connect(town.at(1), logged_in);
  CHECK(town.ask("POST", path, R"({"end_logins":true})").json()["logins_ended"].number() == 1);
  CHECK(last.wait_close() == 4507);
  CHECK(town.at(1).http().get("/users/me", logged_in.token).status == 401);
  CHECK_FALSE(bystander.fence().size() > 0);
  CHECK(town.ask("POST", "/users/usr_00000000000000000000000000/disconnect", "{}").status == 404);
  CHECK(town.ask("POST", path, R"({"end_logins":1})").status == 422);
}

TEST_CASE("who is online on any shard is known") {
  ServedTown town(1);
  check_presence(town);
}

TEST_CASE("who is online on any node is known") {
  ServedTown town(2);
  check_presence(town);
}

TEST_CASE("a user who is disconnected is so on every shard, and comes back unless logins end") {
  ServedTown town(1);
  check_disconnect(town);
}

TEST_CASE("a user who is disconnected is so on every node, and comes back unless logins end") {
  ServedTown town(2);
  check_disconnect(town);
}

}  // namespace
}  // namespace kith::test
