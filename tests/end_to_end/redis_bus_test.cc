// kithd with bus.url: what an operator sees of the bus, and what clients notice of its outages:
// nothing.
#include "tests/support/await.h"
#include "tests/support/redis_server.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

std::string url_of(const RedisServer& redis, const std::string& password) {
  return "bus.url=redis://:" + password + "@127.0.0.1:" + std::to_string(redis.port());
}

void await_state(const TestServer& server, std::string_view state) {
  HttpResponse answer;
  const auto says_so = [&] {
    answer = server.http().get("/readyz");
    CHECK(answer.status == 200);
    return answer.json()["status"].text() == state;
  };
  REQUIRE_MESSAGE(await_condition(Clock::now() + kPatience, 5ms, says_so), answer.body);
}

double bus_metric(const TestServer& server, const std::string& name) {
  const std::string text = server.http().get("/metrics").body;
  const auto at = text.find("\n" + name + " ");
  REQUIRE_MESSAGE(at != std::string::npos, name);
  return std::stod(text.substr(at + name.size() + 2));
}

TEST_CASE("readiness, metrics and log follow the bus; clients notice nothing") {
  RedisServer redis({.password = "hunter2"});
  TestServer server({"shards=2", url_of(redis, "hunter2")});
  await_state(server, "ready");
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient other = connect_to(server, room.users[1], {room.chat});
  const auto say_and_hear = [&](const std::string& text) {
    say(sender, room.chat, text, text);
    CHECK(other.wait_for("message.new")["content"]["text"].text() == text);
  };
  say_and_hear("one");
  CHECK(bus_metric(server, "kith_bus_healthy") == 1);
  CHECK(bus_metric(server, "kith_bus_connects_total") == 2);

  redis.kill();
  await_state(server, "degraded");
  say_and_hear("two");
  CHECK(bus_metric(server, "kith_bus_healthy") == 0);
  redis.start();
  await_state(server, "ready");
  say_and_hear("three");
  CHECK(bus_metric(server, "kith_bus_connects_total") == 4);
  // Two users' own channels, the room, and what all shards tell each other of limits.
  CHECK(bus_metric(server, "kith_bus_subscriptions") == 4);
  CHECK(bus_metric(server, "kith_bus_resubscribed_total") == 4);
  CHECK(bus_metric(server, "kith_bus_decode_errors_total") == 0);
  CHECK(bus_metric(server, "kith_bus_published_total") >= 2);

  sender.close();
  other.close();
  CHECK(server.terminate() == 0);
  const std::string log = server.log();
  CHECK(log.find("\"event\":\"bus.healthy\"") != std::string::npos);
  CHECK(log.find("\"event\":\"bus.ill\"") != std::string::npos);
  CHECK(log.find("hunter2") == std::string::npos);
}

TEST_CASE("without Redis kithd starts, serves, and says why the bus is ill") {
  RedisServer redis({.password = "right"});
  TestServer server({url_of(redis, "hunter2")});
  await_state(server, "degraded");
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient other = connect_to(server, room.users[1], {room.chat});
  say(sender, room.chat, "one", "one");
  CHECK(other.wait_for("message.new")["seq"].number() > 0);
  const auto deadline = Clock::now() + kPatience;
  while (server.log().find("WRONGPASS") == std::string::npos) REQUIRE(Clock::now() < deadline);
  CHECK(server.log().find("hunter2") == std::string::npos);
  CHECK(redis.ask({"CONFIG", "SET", "requirepass", "hunter2"}) == "+OK\r\n");
  await_state(server, "ready");
}

TEST_CASE("alone, the bus is healthy and has no figures") {
  const TestServer server;
  const std::string text = server.http().get("/metrics").body;
  CHECK(text.find("\nkith_bus_healthy 1\n") != std::string::npos);
  CHECK(text.find("kith_bus_published_total") == std::string::npos);
  CHECK(server.http().get("/readyz").json()["status"].text() == "ready");
}

}  // namespace
}  // namespace kith::test
