// Who acts and then looks at /metrics or /status sees what was done.
#include "tests/end_to_end/activities.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

void check_metrics(const TestServer& server, const std::string& line) {
  const std::string text = server.http().get("/metrics").body;
  INFO(line);
  CHECK(text.find("\n" + line + "\n") != text.npos);
}

TEST_CASE("figures are of now, whichever shard did it") {
  const TestServer server({"shards=2", "limits.messages_per_minute=0"});
  const Room room = make_room(server, 2);
  HttpClient kept = server.http();
  CHECK(kept.get("/status").json()["connections"].number() >= 1);  // its own
  std::vector<WsClient> sockets;
  for (int i = 1; i <= 4; ++i) {
    sockets.push_back(connect_to(server, room.users[0], {room.chat}));
    CHECK(server.http().get("/status").json()["sessions"].number() == i);
    check_metrics(server, "kith_sessions{state=\"live\"} " + std::to_string(i));
    say(sockets.back(), room.chat, std::to_string(i), "x");
    check_metrics(server,
                  R"(kith_commands_total{type="message.new",outcome="ok"} )" + std::to_string(i));
  }
}

TEST_CASE("changes over HTTP are counted beside those over WebSockets") {
  const TestServer server({"shards=2"});
  const Room room = make_room(server, 2);
  const std::string path = "/chats/" + room.chat + "/messages";
  const std::string body = R"({"client_message_id":"1","content":{"type":"text","text":"x"}})";
  const std::string counted = R"(kith_http_changes_total{type="message.)";
  const HttpResponse sent = server.post(path, body, room.users[0]);
  REQUIRE(sent.status == 202);
  check_metrics(server, counted + R"(new",outcome="ok"} 1)");
  server.post(path, body, room.users[0]);
  check_metrics(server, counted + R"(new",outcome="duplicate"} 1)");
  const std::string message_path = path + "/" + sent.json()["message_id"].text();
  CHECK(server.http().del(message_path, room.users[1].token).status == 403);
  check_metrics(server, counted + R"(delete",outcome="refused"} 1)");
  CHECK(server.http().del(message_path, room.users[0].token).status == 200);
  check_metrics(server, counted + R"(delete",outcome="ok"} 1)");
  const HttpResponse again = server.http().del(message_path, room.users[0].token);
  CHECK(again.status == 200);
  CHECK(again.json()["moderator_id"].text() == room.users[0].id);
  CHECK(again.json()["duplicate"].flag());
  check_metrics(server, R"(kith_commands_total{type="message.delete",outcome="ok"} 0)");
}

TEST_CASE("activities are counted by what came of them") {
  const TestServer server({"app=default", "shards=2"});
  const User user = server.sign_up("ada");
  const std::string counted = R"(kith_activities_total{outcome=")";
  const std::string done = activity("daily_checkin", "1", now());
  REQUIRE(server.post("/activities", done, user).status == 200);
  check_metrics(server, counted + R"(ok"} 1)");
  REQUIRE(server.post("/activities", done, user).status == 200);
  check_metrics(server, counted + R"(duplicate"} 1)");
  REQUIRE(server.post("/activities", activity("flying", "2", now()), user).status == 422);
  check_metrics(server, counted + R"(refused"} 1)");
  check_metrics(server, counted + R"(unavailable"} 0)");
  check_metrics(server, R"(kith_reward_lag_seconds{of="streaks"} 0)");
}

}  // namespace
}  // namespace kith::test
