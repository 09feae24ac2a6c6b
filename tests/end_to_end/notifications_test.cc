// Notifications over HTTP and on the socket: the list, what is read, what is wanted.
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

Json list_of(const TestServer& server, const User& user, const std::string& query = {}) {
  const auto answer = server.http().get("/notifications" + query, user.token);
  REQUIRE(answer.status == 200);
  return answer.json();
}

std::string read_path(const Json& item) {
  return "/notifications/" + item["id"].text() + "/read";
}

KITH_ON_SHARDS("what comes on the socket is in the list, and reading it is told to other devices") {
  const TestServer& server = shared_server<Shards>();
  const auto users = server.sign_up(2);
  WsClient phone = connect(server, users[1]);
  WsClient tablet = connect(server, users[1]);
  const std::string chat = server.group(users[0], {users[1]});
  const Json told = phone.wait_for("notification.new")["notification"];
  CHECK(told["type"].text() == "chat.joined");
  CHECK(told["payload"]["chat_id"].text() == chat);

  const Json list = list_of(server, users[1]);
  REQUIRE(list["items"].size() == 1);
  const Json item = list["items"][0];
  CHECK(item["id"].text() == told["id"].text());
  CHECK(item["payload"].dump() == told["payload"].dump());
  CHECK(item["created_at"].text() == told["created_at"].text());
  CHECK_FALSE(item["read"].flag());
  CHECK(item["read_at"].is_null());
  CHECK(list["unread_count"].number() == 1);
  CHECK(list["next_cursor"].is_null());

  HttpClient http = server.http();
  const auto read =
      http.send({.method = "PATCH", .path = read_path(item), .token = users[1].token});
  CHECK(read.status == 200);
  CHECK(read.json()["unread_count"].number() == 0);
  for (WsClient* device : {&phone, &tablet}) {
    const Json event = device->wait_for("notification.read");
    CHECK(event["channel"].text() == users[1].id);
    CHECK(event["seq"].number() == 2);
    CHECK(event["notification_id"].text() == item["id"].text());
    CHECK(event["unread_count"].number() == 0);
  }
  CHECK(list_of(server, users[1])["items"][0]["read"].flag());
  CHECK(http.send({.method = "PATCH", .path = read_path(item), .token = users[0].token}).status ==
        404);
  CHECK(http.send({.method = "PATCH", .path = "/notifications/x/read", .token = users[0].token})
            .status == 400);
}

TEST_CASE("everything up to one is read at once, page by page it is listed") {
  const TestServer& server = shared_server<OneShard>();
  const auto users = server.sign_up(2);
  for (int i = 0; i < 7; ++i) server.group(users[0], {users[1]});
  const Json first = list_of(server, users[1], "?limit=3");
  REQUIRE(first["items"].size() == 3);
  CHECK(first["unread_count"].number() == 7);
  const Json second = list_of(server, users[1], "?limit=3&cursor=" + first["next_cursor"].text());
  REQUIRE(second["items"].size() == 3);
  const auto up_to = second["items"][0]["id"].text();
  CHECK(up_to < first["items"][2]["id"].text());
  const auto read = server.post("/notifications/read", R"({"up_to":")" + up_to + R"("})", users[1]);
  CHECK(read.status == 200);
  CHECK(read.json()["unread_count"].number() == 3);
  const Json all = list_of(server, users[1]);
  for (std::size_t i = 0; i < 7; ++i) CHECK(all["items"][i]["read"].flag() == (i >= 3));
  CHECK(server.post("/notifications/read", R"({"up_to":"ntf_1"})", users[1]).status == 422);
  CHECK(server.post("/notifications/read", "{}", users[1]).status == 422);
  CHECK(server.post("/notifications/read", R"({"up_to":")" + up_to + R"("})", users[0]).status ==
        404);
  CHECK(server.http().get("/notifications?cursor=x", users[1].token).status == 400);
  CHECK(server.http().get("/notifications?limit=0", users[1].token).status == 400);
}

TEST_CASE("preferences: defaults, parts, refusals") {
  const TestServer& server = shared_server<OneShard>();
  const User user = server.sign_up();
  HttpClient http = server.http();
  const std::string path = "/notifications/preferences";
  CHECK(http.get(path, user.token).body ==
        R"({"time_zone":"UTC","quiet_hours":null,)"
        R"("digest":{"every":"day","at":"08:00","weekday":1},)"
        R"("channels":{"webhook":"now","email":"digest"},"types":{}})");
  const auto changed =
      http.patch(path,
                 R"({"time_zone":"Europe/Berlin","quiet_hours":{"from":"22:30","to":"06:00"},)"
                 R"("types":{"chat.joined":{"email":"off"},"badge.earned":{"in_app":false}}})",
                 user.token);
  CHECK(changed.status == 200);
  const auto again = http.patch(
      path, R"({"digest":{"every":"week","weekday":0,"at":"18:05"},"types":{"badge.earned":null}})",
      user.token);
  CHECK(again.body == R"({"time_zone":"Europe/Berlin","quiet_hours":{"from":"22:30","to":"06:00"},)"
                      R"("digest":{"every":"week","at":"18:05","weekday":0},)"
                      R"("channels":{"webhook":"now","email":"digest"},)"
                      R"("types":{"chat.joined":{"in_app":true,"webhook":null,"email":"off"}}})");
  for (const char* bad :
       {R"({"time_zone":"Mars/Olympus"})", R"({"time_zone":"../../etc/passwd"})",
        R"({"quiet_hours":{"from":"25:00","to":"06:00"}})",
        R"({"quiet_hours":{"from":"22:00","to":"22:00"}})", R"({"quiet_hours":"22-6"})",
        R"({"digest":{"every":"year"}})", R"({"digest":{"every":"day","weekday":7}})",
        R"({"channels":{"email":"later"}})", R"({"types":{"Not A Type":{}}})",
        R"({"types":{"chat.joined":{"in_app":"yes"}}})"}) {
    CAPTURE(bad);
    CHECK(http.patch(path, bad, user.token).status == 422);
  }
  CHECK(http.patch(path, R"({"quiet_hours":null})", user.token).json()["quiet_hours"].is_null());
}

TEST_CASE("a choice for a type that is none is refused, and what there is is named") {
  const TestServer& server = shared_server<OneShard>();
  const User user = server.sign_up();
  HttpClient http = server.http();
  const std::string path = "/notifications/preferences";
  const auto refused = http.patch(path, R"({"types":{"chat.join":{"webhook":"off"}}})", user.token);
  CHECK(refused.status == 422);
  const Json error = refused.json()["errors"][0];
  CHECK(error["field"].text() == "types");
  CHECK(error["message"].text().find("chat.joined") != std::string::npos);
  CHECK(http.get(path, user.token).json()["types"].size() == 0);
  // Of one that is no more, and was chosen once, one can still let go.
  CHECK(http.patch(path, R"({"types":{"chat.join":null}})", user.token).status == 200);
}

}  // namespace
}  // namespace kith::test
