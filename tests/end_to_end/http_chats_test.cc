// Chats over HTTP: section 2.4 of the requirement document to the letter, and PROTOCOL section 7.
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

std::string body_of(const User& sender, std::string_view client_id, std::string_view text) {
  return R"({"client_message_id":")" + std::string(client_id) + R"(","sender_id":")" + sender.id +
         R"(","content":{"type":"text","text":)" + json_string(text) +
         R"(,"attachments":[{"media_id":"med_456"}]}})";
}

void check_problem(const HttpResponse& response, int status, const std::string& code) {
  CHECK(response.status == status);
  CHECK(response.header("content-type").starts_with("application/problem+json"));
  CHECK(response.json()["code"].text() == code);
  CHECK(response.json()["status"].number() == status);
  CHECK(response.json()["title"].is_string());
}

std::string path_of(const Room& room) {
  return "/chats/" + room.chat + "/messages";
}

KITH_ON_SHARDS("POST messages: 202 after the commit, and a repeat answers the same") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  for (const std::string& prefix : {std::string(), std::string("/api/v1")}) {
    const auto body = body_of(room.users[0], "tmp" + prefix.substr(0, 1), "Ready?");
    const auto sent = server.post(prefix + path_of(room), body, room.users[0]);
    REQUIRE(sent.status == 202);
    const Json answer = sent.json();
    CHECK(answer["message_id"].text().starts_with("msg_"));
    CHECK(answer["ack_token"].text() == "ack_" + answer["message_id"].text().substr(4));
    CHECK(answer["status"].text() == "queued");
    const auto again = server.post(prefix + path_of(room), body, room.users[0]);
    CHECK(again.status == 202);
    CHECK(again.json()["message_id"].text() == answer["message_id"].text());
  }
  check_problem(server.post(path_of(room), body_of(room.users[0], "tmp", "Other"), room.users[0]),
                409, "conflict");
}

TEST_CASE("GET messages: newest first, delivery and paging as the document shows them") {
  const TestServer& server = shared_server<OneShard>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.insert(ids.begin(), say(sender, room.chat, std::to_string(i), "x")["message_id"].text());
  }
  auto get = [&](const std::string& query) {
    const auto response = server.http().get(path_of(room) + query, room.users[0].token);
    REQUIRE(response.status == 200);
    return response.json();
  };
  const Json page = get("?limit=3");
  REQUIRE(page["messages"].size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(page["messages"][i]["id"].text() == ids[i]);
  const Json newest = page["messages"][0];
  CHECK(newest["sender_id"].text() == room.users[0].id);
  CHECK(newest["content"]["type"].text() == "text");
  CHECK(newest["sent_at"].text().ends_with("Z"));
  CHECK(newest["delivery"]["status"].text() == "sent");
  CHECK(newest["delivery"]["read_by"].is_array());
  const Json rest = get("?limit=3&before=" + page["paging"]["next_before"].text());
  REQUIRE(rest["messages"].size() == 2);
  CHECK(rest["messages"][0]["id"].text() == ids[3]);
  CHECK(rest["messages"][1]["id"].text() == ids[4]);
  CHECK(rest["paging"]["next_before"].is_null());
  CHECK(get("?before=2001-01-01T00:00:00Z")["messages"].size() == 0);
  CHECK(get("?before=2101-01-01T00:00:00Z")["messages"].size() == 5);
  const auto bad = server.http().get(path_of(room) + "?before=nonsense", room.users[0].token);
  CHECK((bad.status == 400 || bad.status == 422));
}

TEST_CASE("delivery goes from sent by delivered to read") {
  const TestServer& server = shared_server<OneShard>();
  const Room room = make_room(server, 2);
  auto delivery = [&] {
    return server.http().get(path_of(room), room.users[0].token).json()["messages"][0]["delivery"];
  };
  REQUIRE(server.post(path_of(room), body_of(room.users[0], "1", "x"), room.users[0]).status ==
          202);
  CHECK(delivery()["status"].text() == "sent");
  WsClient reader = connect_to(server, room.users[1], {room.chat});
  REQUIRE(server.post(path_of(room), body_of(room.users[0], "2", "y"), room.users[0]).status ==
          202);
  const auto id = reader.expect("message.new")["message_id"].text();
  const auto deadline = Clock::now() + kPatience;
  while (delivery()["status"].text() == "sent" && Clock::now() < deadline) reader.fence();
  CHECK(delivery()["status"].text() == "delivered");
  CHECK(server.post("/chats/" + room.chat + "/read", R"({"last_read_message_id":")" + id + R"("})",
                    room.users[1])
                .status /
            100 ==
        2);
  CHECK(delivery()["status"].text() == "read");
  CHECK(delivery()["read_by"].texts() == std::vector<std::string>{room.users[1].id});
}

TEST_CASE("DELETE: removed, and by whom; PATCH edits; both as on the socket") {
  const TestServer& server = shared_server<OneShard>();
  const Room room = make_room(server, 3);
  WsClient watcher = connect_to(server, room.users[2], {room.chat});
  const auto id = server.post(path_of(room), body_of(room.users[1], "1", "x"), room.users[1])
                      .json()["message_id"]
                      .text();
  watcher.expect("message.new");
  const auto path = path_of(room) + "/" + id;
  CHECK(server.http()
            .patch(path, R"({"content":{"type":"text","text":"edited"}})", room.users[1].token)
            .status == 200);
  CHECK(watcher.expect("message.update")["content"]["text"].text() == "edited");
  check_problem(server.http().del(path, room.users[2].token), 403, "forbidden");
  const auto removed = server.http().del(path, room.users[0].token);
  CHECK(removed.status == 200);
  CHECK(removed.json()["status"].text() == "removed");
  CHECK(removed.json()["moderator_id"].text() == room.users[0].id);
  const auto again = server.http().del(path, room.users[1].token);  // by another: who did it stays
  CHECK(again.status == 200);
  CHECK(again.json()["moderator_id"].text() == room.users[0].id);
  CHECK(again.json()["duplicate"].flag());
  CHECK(watcher.expect("message.delete")["message_id"].text() == id);
  const Json page = server.http().get(path_of(room), room.users[1].token).json();
  CHECK(page["messages"][0]["content"].dump() == R"({"type":"tombstone"})");
}

TEST_CASE("what one may not see does not exist; another's name may not be used") {
  const TestServer& server = shared_server<OneShard>();
  const Room room = make_room(server, 2);
  const User stranger = server.sign_up();
  for (const auto& chat : {room.chat, std::string("chat_00000000000000000000000000")}) {
    const Room other{.users = room.users, .chat = chat};
    CHECK(server.http().get("/chats/" + chat, stranger.token).status == 404);
    CHECK(server.http().get(path_of(other), stranger.token).status == 404);
    CHECK(server.post(path_of(other), body_of(stranger, "1", "x"), stranger).status == 404);
  }
  check_problem(server.post(path_of(room), body_of(room.users[0], "1", "x"), room.users[1]), 403,
                "forbidden");
  check_problem(
      server.post("/chats/" + room.chat + "/typing",
                  R"({"user_id":")" + room.users[0].id + R"(","is_typing":true})", room.users[1]),
      403, "forbidden");
}

TEST_CASE("400 for syntax, 422 for a field, and the correlation id in every problem") {
  const TestServer& server = shared_server<OneShard>();
  const Room room = make_room(server, 1);
  HttpRequest request{.method = "POST",
                      .path = path_of(room),
                      .body = "{not json",
                      .token = room.users[0].token,
                      .headers = {{"X-Correlation-Id", "trace-me-42"}}};
  auto response = server.http().send(request);
  check_problem(response, 400, "bad_request");
  CHECK(response.header("x-correlation-id") == "trace-me-42");
  CHECK(response.body.find("trace-me-42") != std::string::npos);
  request.headers.clear();
  request.body = R"({"client_message_id":"1","sender_id":")" + room.users[0].id +
                 R"(","content":{"type":"text","text":""}})";
  response = server.http().send(request);
  check_problem(response, 422, "bad_request");
  CHECK_FALSE(response.header("x-correlation-id").empty());
  CHECK(response.json()["errors"].dump().find("content.text") != std::string::npos);
  CHECK(server.http().get("/no/such/path", room.users[0].token).status == 404);
  CHECK(server.http()
            .send({.method = "PUT", .path = path_of(room), .token = room.users[0].token})
            .status == 405);
}

TEST_CASE("a direct chat is one per pair") {
  const TestServer& server = shared_server<OneShard>();
  const auto users = server.sign_up(2);
  const auto body = R"({"type":"direct","participant_ids":[")" + users[1].id + R"("]})";
  const auto made = server.post("/chats", body, users[0]);
  CHECK(made.status == 201);
  const auto again = server.post("/chats", body, users[0]);
  CHECK(again.status == 200);
  CHECK(again.json()["id"].text() == made.json()["id"].text());
  const auto mirrored = server.post(
      "/chats", R"({"type":"direct","participant_ids":[")" + users[0].id + R"("]})", users[1]);
  CHECK(mirrored.status == 200);
  CHECK(mirrored.json()["id"].text() == made.json()["id"].text());
}

TEST_CASE("an Idempotency-Key makes a chat once") {
  const TestServer& server = shared_server<OneShard>();
  const auto users = server.sign_up(2);
  auto create = [&](const User& user, const std::string& name) {
    return server.http().send(
        {.method = "POST",
         .path = "/chats",
         .body = R"({"type":"group","name":")" + name + R"(","participant_ids":[]})",
         .token = user.token,
         .headers = {{"Idempotency-Key", "once"}}});
  };
  const auto made = create(users[0], "a");
  CHECK(made.status == 201);
  CHECK(create(users[0], "a").json()["id"].text() == made.json()["id"].text());
  CHECK(create(users[0], "b").status == 409);
  CHECK(create(users[1], "b").status == 201);
}

TEST_CASE("GET /chats lists mine, newest activity first, in pages") {
  const TestServer& server = shared_server<OneShard>();
  const auto users = server.sign_up(2);
  std::vector<std::string> chats;
  for (int i = 0; i < 5; ++i) chats.push_back(server.group(users[0], {users[1]}));
  server.group(users[1], {});
  const Room first{.users = users, .chat = chats[0]};
  server.post(path_of(first), body_of(users[1], "1", "up again"), users[1]);
  std::vector<std::string> seen;
  std::string cursor;
  for (;;) {
    const Json page = server.http().get("/chats?limit=2" + cursor, users[0].token).json();
    for (std::size_t i = 0; i < page["items"].size(); ++i) {
      seen.push_back(page["items"][i]["id"].text());
    }
    if (!page["next_cursor"].is_string()) break;
    cursor = "&cursor=" + page["next_cursor"].text();
  }
  CHECK(seen == std::vector<std::string>{chats[0], chats[4], chats[3], chats[2], chats[1]});
  const Json newest = server.http().get("/chats", users[0].token).json()["items"][0];
  CHECK(newest["unread_count"].number() == 1);
  CHECK(newest["last_message"]["content"]["text"].text() == "up again");
  CHECK(server.http().get("/chats?cursor=nonsense", users[0].token).status == 400);
}

TEST_CASE("reporting a message opens one case") {
  const TestServer& server = shared_server<OneShard>();
  const Room room = make_room(server, 2);
  const auto id = server.post(path_of(room), body_of(room.users[0], "1", "x"), room.users[0])
                      .json()["message_id"]
                      .text();
  const auto path = path_of(room) + "/" + id + "/report";
  const auto report = server.post(path, R"({"reason":"spam"})", room.users[1]);
  CHECK(report.status / 100 == 2);
  CHECK(server.post(path, R"({"reason":"spam"})", room.users[1]).body == report.body);
  CHECK(server.post(path, R"({"reason":"spam"})", server.sign_up()).status == 404);
}

TEST_CASE("operations: alive, ready, status and metrics") {
  const TestServer& server = shared_server<OneShard>();
  CHECK(server.http().get("/healthz").status == 200);
  CHECK(server.http().get("/readyz").status == 200);
  const Json status = server.http().get("/status").json();
  CHECK(status["version"].is_string());
  CHECK("kithd " + status["build"].text() + "\n" == run({kithd(), "--version"}).out);
  const auto metrics = server.http().get("/metrics");
  CHECK(metrics.status == 200);
  CHECK(metrics.body.find("# TYPE") != std::string::npos);
}

}  // namespace
}  // namespace kith::test
