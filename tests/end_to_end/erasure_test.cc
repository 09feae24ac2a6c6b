// DELETE /users/me over the real server: what the one who asks and the others notice.
#include "tests/support/club.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

HttpResponse erase(const TestServer& server, const User& user, const std::string& body) {
  return server.http().send(
      {.method = "DELETE", .path = "/users/me", .body = body, .token = user.token});
}

TEST_CASE("an erasure asks for the password again, and then the account is gone") {
  const TestServer& server = shared_server<OneShard>();
  const User ada = server.sign_up("ada");
  const User laptop = server.log_in(ada);
  const HttpResponse nothing = erase(server, ada, "{}");
  CHECK(nothing.status == 422);
  CHECK(nothing.json()["errors"][0]["field"].text() == "password");
  CHECK(erase(server, ada, R"({"password":"not this one"})").status == 403);
  CHECK(erase(server, {}, R"({"password":"not this one"})").status == 401);
  CHECK(server.http().get("/users/me", ada.token).status == 200);

  WsClient phone_socket = connect(server, ada);
  WsClient laptop_socket = connect(server, laptop);
  const HttpResponse erased = erase(server, ada, R"({"password":")" + ada.password + "\"}");
  const auto asked = Clock::now();
  REQUIRE_MESSAGE(erased.status == 202, erased.body);
  CHECK(erased.json()["user_id"].text() == ada.id);
  CHECK(erased.json()["status"].text() == "erasing");
  CHECK(phone_socket.wait_close() == 4507);
  CHECK(laptop_socket.wait_close() == 4507);
  CHECK(Clock::now() - asked < std::chrono::seconds{2});
  for (const User* login : {&ada, &laptop}) {
    CHECK(server.http().get("/users/me", login->token).status == 401);
    CHECK(server.http()
              .post("/auth/refresh", R"({"refresh_token":")" + login->refresh_token + "\"}")
              .status == 401);
  }
  CHECK(server.http()
            .post("/auth/login",
                  R"({"email":")" + ada.email + R"(","password":")" + ada.password + "\"}")
            .status == 401);
  CHECK(server.http()
            .post("/users", R"({"email":")" + ada.email +
                                R"(","password":"a new password","display_name":"Another"})")
            .status == 201);
}

TEST_CASE("others see the messages of who is erased go, live, and the club passed on") {
  TestServer server({"shards=2", "app=default"});
  const User ada = server.sign_up("ada");
  const User bob = server.sign_up("bob");
  const std::string chat = server.group(ada, {bob});
  const Club club = make_club(server, 2);
  WsClient writer = connect_to(server, ada, {chat});
  WsClient reader = connect_to(server, bob, {chat});
  const Json sent = say(writer, chat, "m1", "words");
  reader.wait_for("message.new");
  REQUIRE(erase(server, ada, R"({"password":")" + ada.password + "\"}").status == 202);
  const Json left = reader.wait_for("participant.leave");
  CHECK(left["user_id"].text() == ada.id);
  const Json gone = reader.wait_for("message.delete");
  CHECK(gone["message_id"].text() == sent["message_id"].text());
  const Json seen =
      server.http().get("/chats/" + chat + "/messages", bob.token).json()["messages"][0];
  CHECK(seen["content"]["type"].text() == "tombstone");
  CHECK(server.http().get("/users/" + ada.id, bob.token).status == 404);

  REQUIRE(erase(server, club.owner(), R"({"password":")" + club.owner().password + "\"}").status ==
          202);
  WsClient member = connect(server, club.users[1]);
  subscribe(member, club.id);
  const Json owner = member.wait_for("club.member", [&](const Json& frame) {
    return frame["user_id"].text() == club.users[1].id;
  });
  CHECK(owner["role"].text() == "owner");
}

TEST_CASE("a post is removed over HTTP, and a socket that follows the club hears of it") {
  const TestServer& server = shared_server<OneShard>();
  const Club club = make_club(server, 3);
  const HttpResponse posted = post_in(server, club, club.users[1], "a post");
  REQUIRE(posted.status == 201);
  const std::string post = posted.json()["id"].text();
  WsClient socket = connect(server, club.users[2]);
  subscribe(socket, club.id);
  const std::string path = club.path("/posts/" + post);
  CHECK(server.http().del(path, club.users[2].token).status == 403);
  CHECK(server.http().del(path, club.users[1].token).status == 204);
  const Json gone = socket.wait_for("club.post");
  CHECK(gone["post"].dump() == R"({"id":")" + post + R"(","type":"tombstone"})");
  CHECK(server.http().get(club.path("/feed"), club.users[2].token).json()["items"].size() == 0);
  CHECK(server.http().del(path, club.users[1].token).status == 404);
  CHECK(server.http().del(club.path("/posts/nonsense"), club.users[1].token).status == 400);
}

TEST_CASE("posts and broadcasts are limited per user, with a time to come back") {
  TestServer server({"limits.posts_per_minute=3", "limits.broadcasts_per_minute=2"});
  const Club club = make_club(server, 2);
  for (int i = 0; i < 3; ++i) CHECK(post_in(server, club, club.owner(), "a post").status == 201);
  const HttpResponse over = post_in(server, club, club.owner(), "one more");
  CHECK(over.status == 429);
  CHECK(over.json()["code"].text() == "rate_limited");
  CHECK_FALSE(over.header("retry-after").empty());
  CHECK(post_in(server, club, club.users[1], "another's").status == 201);
  const auto tell = [&] {
    return server
        .post(club.path("/broadcasts"),
              R"({"content":{"type":"text","text":"hello"},"audience":"all"})", club.owner())
        .status;
  };
  CHECK(tell() == 201);
  CHECK(tell() == 201);
  CHECK(tell() == 429);
}

}  // namespace
}  // namespace kith::test
