// Another back end: what it publishes is like any durable event, what it does for a user is the
// user's, and its token opens what its scopes say and nothing else.
#include <doctest/doctest.h>

#include "tests/support/service.h"

namespace kith::test {
namespace {

constexpr const char* kLesson = R"({"name":"lesson.completed","data":{"lesson":7,"stars":[1,2]}})";

std::string epoch_of(const TestServer& server, const User& user) {
  WsClient socket(server.port());
  socket.send(init_frame(user));
  return socket.expect("connection.ready")["epoch"].text();
}

std::string field_of(const HttpResponse& refused) {
  CHECK(refused.status == 422);
  return refused.json()["errors"][0]["field"].text();
}

TEST_CASE("a published event is live, and comes once to a socket that was cut meanwhile") {
  ServiceServer service;
  const auto users = service->sign_up(2);
  const std::string chat = service->group(users[0], {users[1]});
  const std::string path = "/channels/" + chat + "/events";
  const std::string epoch = epoch_of(*service, users[1]);
  WsClient cut = connect_to(*service, users[1], {chat});
  const std::int64_t first = service.post(path, kLesson).json()["seq"].number();
  const Json seen = cut.wait_for("app.event");
  CHECK(seen["channel"].text() == chat);
  CHECK(seen["seq"].number() == first);
  CHECK(seen["name"].text() == "lesson.completed");
  CHECK(seen["data"].dump() == R"({"lesson":7,"stars":[1,2]})");
  cut.abort();

  const HttpResponse missed = service.post(path, R"({"name":"missed"})", {}, "key-1");
  REQUIRE_MESSAGE(missed.status == 201, missed.body);
  CHECK(missed.json()["seq"].number() == first + 1);
  const HttpResponse again = service.post(path, R"({"name":"missed"})", {}, "key-1");
  CHECK(again.status == 200);
  CHECK(again.json()["duplicate"].flag());
  CHECK(again.json()["seq"].number() == first + 1);
  CHECK(service.post(path, R"({"name":"other"})", {}, "key-1").status == 409);

  service->kill();
  service->start();
  WsClient back = connect(
      *service, users[1],
      R"("epoch":")" + epoch + R"(","resume":{")" + chat + "\":" + std::to_string(first) + "}");
  const Json replayed = back.expect("app.event");
  CHECK(replayed["name"].text() == "missed");
  CHECK(replayed["seq"].number() == first + 1);
  const Json subscribed = back.expect("subscribed");
  CHECK(subscribed["recovered"].flag());
  CHECK(subscribed["seq"].number() == first + 1);
  CHECK(service.post(path, R"({"name":"missed"})", {}, "key-1").json()["duplicate"].flag());
  CHECK(service.post(path, kLesson).json()["seq"].number() == first + 2);
  CHECK(back.expect("app.event")["seq"].number() == first + 2);
}

TEST_CASE("a batch is numbered in its order, and state events are said and stored nowhere") {
  ServiceServer service;
  const User user = service->sign_up();
  WsClient socket = connect(*service, user);
  const std::string path = "/channels/" + user.id + "/events";
  const HttpResponse sent =
      service.post(path, R"({"events":[{"name":"a"},)"
                         R"({"name":"progress","tier":"state","key":"k","data":{"percent":40}},)"
                         R"({"name":"b","data":{"x":null}}]})");
  REQUIRE_MESSAGE(sent.status == 201, sent.body);
  const Json items = sent.json()["items"];
  REQUIRE(items.size() == 3);
  CHECK(items[2]["seq"].number() == items[0]["seq"].number() + 1);
  CHECK(items[1]["tier"].text() == "state");
  CHECK_FALSE(items[1]["seq"].present());
  CHECK(socket.expect("app.event")["name"].text() == "a");
  CHECK(socket.expect("app.event")["data"].dump() == R"({"x":null})");
  const Json state = socket.expect("app.state");
  CHECK(state["channel"].text() == user.id);
  CHECK(state["key"].text() == "k");
  CHECK(state["data"]["percent"].number() == 40);
  CHECK_FALSE(state["seq"].present());
  CHECK(service.post(path, R"({"name":"c"})").json()["seq"].number() ==
        items[2]["seq"].number() + 1);
}

TEST_CASE("what is wrong with an event is named, and nothing of its batch is published") {
  ServiceServer service;
  const User user = service->sign_up();
  const std::string path = "/channels/" + user.id + "/events";
  for (const auto& [body, field] :
       {std::pair(R"({})", "name"), std::pair(R"({"name":""})", "name"),
        std::pair(R"({"name":7})", "name"), std::pair(R"({"name":"A B"})", "name"),
        std::pair(R"({"name":"kith.disconnected"})", "name"),
        std::pair(R"({"name":"a","data":[]})", "data"),
        std::pair(R"({"name":"a","tier":"ephemeral"})", "tier"),
        std::pair(R"({"name":"a","key":"k"})", "key"), std::pair(R"({"events":[]})", "events"),
        std::pair(R"({"events":{}})", "events"),
        std::pair(R"({"events":[{"name":"a"},{"name":"kith.x"}]})", "events[1].name"),
        std::pair(R"({"events":[{"name":"a"},7]})", "events[1]")}) {
    CAPTURE(body);
    CHECK(field_of(service.post(path, body)) == field);
  }
  std::string many = R"({"events":[)";
  for (int i = 0; i < 101; ++i) many += std::string(i == 0 ? "" : ",") + R"({"name":"a"})";
  CHECK(field_of(service.post(path, many + "]}")) == "events");
  const std::string large(17'000, 'x');
  CHECK(field_of(service.post(path, R"({"name":"a","data":{"x":")" + large + R"("}})")) == "data");
  CHECK(service.post("/channels/nobody/events", kLesson).status == 400);
  for (const char* unknown : {"usr_00000000000000000000000000", "chat_00000000000000000000000000",
                              "club_00000000000000000000000000", "evt_00000000000000000000000000",
                              "board_00000000000000000000000000"}) {
    CHECK(service.post("/channels/" + std::string(unknown) + "/events", kLesson).status == 404);
  }
  const std::int64_t next = service.post(path, kLesson).json()["seq"].number();
  CHECK(service.post(path, kLesson).json()["seq"].number() == next + 1);
}

TEST_CASE("in a user's name a service makes chats, brings people in and speaks") {
  ServiceServer service;
  const auto users = service->sign_up(3);
  const std::string members = R"({"type":"group","participant_ids":[")" + users[1].id + "\"]}";
  const HttpResponse made = service.post("/chats", members, users[0].id, "chat-1");
  REQUIRE_MESSAGE(made.status == 201, made.body);
  const std::string chat = made.json()["id"].text();
  CHECK(service.post("/chats", members, users[0].id, "chat-1").json()["id"].text() == chat);
  CHECK(service->http().get("/chats/" + chat, users[0].token).json()["role"].text() == "owner");
  WsClient newcomer = connect(*service, users[2]);
  REQUIRE(service
              .post("/chats/" + chat + "/participants", R"({"user_id":")" + users[2].id + "\"}",
                    users[0].id)
              .status == 201);
  CHECK(newcomer.wait_for("notification.new")["notification"]["payload"]["chat_id"].text() == chat);
  WsClient reader = connect_to(*service, users[1], {chat});
  REQUIRE(service
              .post("/chats/" + chat + "/messages",
                    R"({"client_message_id":"s-1","content":{"type":"text","text":"hello"}})",
                    users[2].id)
              .status == 202);
  CHECK(reader.wait_for("message.new")["sender_id"].text() == users[2].id);
  // The user's rights are the user's: who is a member alone brings nobody in.
  CHECK(service
            .post("/chats/" + chat + "/participants", R"({"user_id":")" + users[2].id + "\"}",
                  users[1].id)
            .status == 403);
  CHECK(service.post("/chats", members).status == 400);
  CHECK(service.post("/chats", members, "usr_00000000000000000000000000").status == 400);
  // A user's own token stays a user's, whatever it says beside it.
  HttpRequest forged{.method = "POST", .path = "/chats", .body = members, .token = users[2].token};
  forged.headers.emplace_back("X-Act-As", users[0].id);
  const std::string own = service->http().send(forged).json()["id"].text();
  CHECK(service->http().get("/chats/" + own, users[0].token).status == 404);
}

TEST_CASE("users that a service makes log in with the password they were given") {
  ServiceServer service;
  const std::string body =
      R"({"email":"made@example.com","password":"a fine long password","display_name":"Made"})";
  const HttpResponse made = service.post("/service/users", body, {}, "user-1");
  REQUIRE_MESSAGE(made.status == 201, made.body);
  CHECK(made.json()["email"].text() == "made@example.com");
  CHECK(service.post("/service/users", body, {}, "user-1").json()["id"].text() ==
        made.json()["id"].text());
  CHECK(service.post("/service/users", body).status == 409);
  const HttpResponse in = service->http().post(
      "/auth/login", R"({"email":"made@example.com","password":"a fine long password"})");
  CHECK(in.status == 200);
  CHECK(in.json()["user"]["id"].text() == made.json()["id"].text());
  // No mail to set one with is sent here.
  CHECK(field_of(service.post("/service/users",
                              R"({"email":"b@example.com","display_name":"B"})")) == "password");
  CHECK(field_of(service.post("/service/users", R"({"email":"b","password":"a fine long password",)"
                                                R"("display_name":"B"})")) == "email");
}

TEST_CASE("a token opens what its scopes say, until it is revoked") {
  std::string narrow;
  TestServer server({"shards=2"}, [&](const std::filesystem::path& data) {
    narrow = make_service_token({"--data", data.string()}, "presence:read");
  });
  const User user = server.sign_up();
  const auto ask = [&](std::string method, std::string path, std::string body) {
    return ask_as_service(
               server, narrow,
               {.method = std::move(method), .path = std::move(path), .body = std::move(body)},
               user.id)
        .status;
  };
  CHECK(ask("GET", "/presence?users=" + user.id, "") == 200);
  CHECK(ask("POST", "/channels/" + user.id + "/events", kLesson) == 403);
  CHECK(ask("POST", "/users/" + user.id + "/disconnect", "{}") == 403);
  CHECK(ask("POST", "/service/users", "{}") == 403);
  CHECK(ask("POST", "/chats", "{}") == 403);
  CHECK(ask("GET", "/users/me", "") == 401);
  CHECK(ask("GET", "/service-accounts", "") == 401);
  CHECK(server.http().get("/presence?users=" + user.id, user.token).status == 401);
  CHECK(server.http().get("/presence?users=" + user.id).status == 401);
}

}  // namespace
}  // namespace kith::test
