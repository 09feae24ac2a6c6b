// Order on the server: roles that an admin gives, and cases that reports become.
#include <doctest/doctest.h>

#include "tests/support/club.h"
#include "tests/support/service.h"

namespace kith::test {
namespace {

struct ModeratedTown {
  ModeratedTown()
      : server({"shards=2", "limits.signups_per_minute=0", "limits.logins_per_minute=0"},
               [this](const std::filesystem::path& data) { admin = make_admin(data); }) {}

  HttpResponse give(const User& by, const User& to, const std::string& role) {
    return server.http().patch("/users/" + to.id + "/role", R"({"role":")" + role + "\"}",
                               by.token);
  }
  User moderator() {
    const User made = server.sign_up("moderator");
    REQUIRE(give(admin, made, "moderator").status == 200);
    return made;
  }
  HttpResponse report(const User& by, const std::string& chat, const std::string& message) {
    return server.post("/chats/" + chat + "/messages/" + message + "/report",
                       R"({"reason":"rude"})", by);
  }
  Json cases(const User& by, const std::string& query = "") {
    const HttpResponse list = server.http().get("/moderation/cases" + query, by.token);
    REQUIRE_MESSAGE(list.status == 200, list.body);
    return list.json()["items"];
  }
  HttpResponse resolve(const User& by, const std::string& id, const std::string& body) {
    return server.post("/moderation/cases/" + id + "/resolve", body, by);
  }

  User admin;
  TestServer server;
};

std::string send(const TestServer& server, const User& user, const std::string& chat,
                 const std::string& text) {
  static int count = 0;
  const HttpResponse sent =
      server.post("/chats/" + chat + "/messages",
                  R"({"client_message_id":"m-)" + std::to_string(++count) +
                      R"(","content":{"type":"text","text":")" + text + R"("}})",
                  user);
  REQUIRE(sent.status == 202);
  return sent.json()["message_id"].text();
}

bool watches(WsClient& socket) {
  return socket.ask(R"({"type":"console","watch":true})")["type"].text() == "ack";
}

TEST_CASE("a role given over HTTP is the open socket's at once, and so is its end") {
  ModeratedTown town;
  const User user = town.server.sign_up();
  WsClient socket = connect(town.server, user);
  CHECK_FALSE(watches(socket));
  CHECK(town.give(user, user, "admin").status == 403);
  REQUIRE(town.give(town.admin, user, "admin").status == 200);
  const Json told = socket.wait_for("notification.new")["notification"];
  CHECK(told["type"].text() == "role.changed");
  CHECK(told["payload"]["role"].text() == "admin");
  CHECK(watches(socket));
  socket.wait_for("console.stats");
  CHECK(town.server.http().get("/users/me", user.token).json()["role"].text() == "admin");

  // The one that is left cannot be taken away, by themselves either.
  REQUIRE(town.give(user, town.admin, "user").status == 200);
  CHECK(town.give(user, user, "organizer").status == 409);
  REQUIRE(town.give(user, town.admin, "admin").status == 200);
  REQUIRE(town.give(town.admin, user, "premium_plus").status == 200);
  socket.wait_for("role.changed", [](const Json& event) {
    return event["notification"]["payload"]["role"].text() == "premium_plus";
  });
  CHECK_FALSE(watches(socket));
  CHECK(town.server.http().get("/users/" + user.id, user.token).json()["premium_tier"].text() ==
        "plus");
  CHECK(town.give(town.admin, user, "god").status == 422);
  CHECK(town.server.http()
            .patch("/users/usr_00000000000000000000000000/role", R"({"role":"user"})",
                   town.admin.token)
            .status == 404);
}

TEST_CASE("reports of a message are one case, which a moderator takes and resolves") {
  ModeratedTown town;
  const User moderator = town.moderator();
  const Room room = make_room(town.server, 4);
  const std::string message = send(town.server, room.users[1], room.chat, "very rude");
  WsClient watching = connect(town.server, moderator);
  WsClient reader = connect_to(town.server, room.users[3], {room.chat});
  REQUIRE(town.report(room.users[2], room.chat, message).status == 201);
  const Json told = watching.wait_for("moderation.case", [](const Json& event) {
    return event["notification"]["type"].text() == "moderation.case";
  });
  const std::string id = told["notification"]["payload"]["case_id"].text();
  REQUIRE(town.report(room.users[3], room.chat, message).status == 201);
  REQUIRE(town.cases(moderator).size() == 1);
  const Json listed = town.cases(moderator, "?status=open&assignee=none")[0];
  CHECK(listed["id"].text() == id);
  CHECK(listed["report_count"].number() == 2);
  CHECK(listed["sender_id"].text() == room.users[1].id);
  CHECK(town.server.http().get("/moderation/cases", room.users[0].token).status == 404);
  CHECK(town.server.http().get("/moderation/cases/" + id, room.users[0].token).status == 404);

  const std::string path = "/moderation/cases/" + id;
  REQUIRE(town.server.post(path + "/assign", "{}", moderator).status == 200);
  CHECK(town.cases(moderator, "?assignee=me").size() == 1);
  CHECK(town.cases(moderator, "?assignee=none").size() == 0);
  CHECK(town.server.post(path + "/assign", R"({"assignee":")" + room.users[0].id + "\"}", moderator)
            .status == 422);
  REQUIRE(town.resolve(moderator, id, R"({"resolution":"hidden","note":"seen it"})").status == 200);
  const Json hidden = reader.wait_for("system.moderation");
  CHECK(hidden["action"].text() == "hide");
  CHECK(hidden["message_id"].text() == message);
  CHECK(hidden["moderator_id"].text() == moderator.id);
  CHECK(town.resolve(moderator, id, R"({"resolution":"dismissed"})").status == 409);
  CHECK(town.server.post(path + "/assign", "{}", moderator).status == 409);

  const Json details = town.server.http().get(path, town.admin.token).json();
  CHECK(details["status"].text() == "resolved");
  CHECK(details["resolution"].text() == "hidden");
  CHECK(details["note"].text() == "seen it");
  CHECK(details["message"]["content"]["text"].text() == "very rude");
  CHECK(details["message"]["hidden"].flag());
  CHECK(details["reports"].size() == 2);
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < details["history"].size(); ++i) {
    steps.push_back(details["history"][i]["action"].text());
  }
  CHECK(steps == std::vector<std::string>{"reported", "reported", "assigned", "resolved"});
  CHECK(town.cases(moderator, "?status=open").size() == 0);
}

TEST_CASE("what was edited or deleted since it was reported is not shown") {
  ModeratedTown town;
  const User moderator = town.moderator();
  const Room room = make_room(town.server, 2);
  const std::string message = send(town.server, room.users[0], room.chat, "first words");
  REQUIRE(town.report(room.users[1], room.chat, message).status == 201);
  const std::string path = "/chats/" + room.chat + "/messages/" + message;
  REQUIRE(
      town.server.http()
          .patch(path, R"({"content":{"type":"text","text":"second words"}})", room.users[0].token)
          .status == 200);
  const std::string id = town.cases(moderator)[0]["id"].text();
  const auto details = [&] {
    return town.server.http().get("/moderation/cases/" + id, moderator.token).json()["message"];
  };
  CHECK(details()["content"]["text"].text() == "second words");
  CHECK(details()["edited_since_report"].flag());
  REQUIRE(town.server.http().del(path, room.users[0].token).status == 200);
  CHECK(details()["content"]["type"].text() == "tombstone");
  CHECK(town.resolve(moderator, id, R"({"resolution":"hidden"})").status == 409);
  CHECK(town.resolve(moderator, id, R"({"resolution":"nothing"})").status == 422);
  CHECK(town.resolve(moderator, id, R"({"resolution":"dismissed"})").status == 200);
  // Whoever reports it again opens another case.
  REQUIRE(town.report(room.users[1], room.chat, message).status == 201);
  CHECK(town.cases(moderator, "?status=open")[0]["id"].text() != id);
  CHECK(town.cases(moderator, "?status=all&limit=1").size() == 1);
}

TEST_CASE("a case ends with its sender muted, or banned, whoever they are in the chat") {
  ModeratedTown town;
  const User moderator = town.moderator();
  const Room room = make_room(town.server, 3);
  const User& owner = room.users[0];
  WsClient socket = connect_to(town.server, owner, {room.chat});
  const auto new_case = [&] {
    const std::string message = send(town.server, owner, room.chat, "rude");
    REQUIRE(town.report(room.users[1], room.chat, message).status == 201);
    return town.cases(moderator, "?status=open")[0]["id"].text();
  };
  const std::string first = new_case();
  const std::string second = new_case();
  REQUIRE(town.resolve(moderator, first, R"({"resolution":"muted","until":"2100-01-01T00:00:00Z"})")
              .status == 200);
  CHECK(socket.wait_for("system.moderation")["action"].text() == "mute");
  CHECK(town.server
            .post("/chats/" + room.chat + "/messages",
                  R"({"client_message_id":"x","content":{"type":"text","text":"more"}})", owner)
            .status == 403);
  REQUIRE(town.resolve(moderator, second, R"({"resolution":"banned"})").status == 200);
  CHECK(socket.wait_for("unsubscribed")["channel"].text() == room.chat);
  CHECK(town.server.http().get("/chats/" + room.chat, owner.token).status == 404);
}

TEST_CASE("who is banned for what they said in a club's chat is banned from the club") {
  ModeratedTown town;
  const User moderator = town.moderator();
  const Club club = make_club(town.server, 2);
  const User& banned = club.users[1];
  const std::string message = send(town.server, banned, club.chat, "rude");
  REQUIRE(town.report(club.owner(), club.chat, message).status == 201);
  const std::string id = town.cases(moderator)[0]["id"].text();
  const HttpResponse done = town.resolve(moderator, id, R"({"resolution":"banned"})");
  REQUIRE_MESSAGE(done.status == 200, done.body);
  CHECK(join(town.server, club, banned).status == 403);
  const std::string owners = send(town.server, club.owner(), club.chat, "rude too");
  REQUIRE(town.report(club.owner(), club.chat, owners).status == 201);
  const std::string second = town.cases(moderator, "?status=open")[0]["id"].text();
  CHECK(town.resolve(moderator, second, R"({"resolution":"banned"})").status == 409);
}

}  // namespace
}  // namespace kith::test
