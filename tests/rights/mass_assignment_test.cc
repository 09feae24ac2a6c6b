// Fields that are not the client's to set (OWASP API3): a role, an id, an owner, a number, a time.
// They are ignored or refused; what comes of the request is as if they had not been there.
#include <doctest/doctest.h>

#include "tests/rights/world.h"

namespace kith::test {
namespace {

constexpr std::string_view kForeign =
    R"("id":"{id}","user_id":"{me}","owner_id":"{id}","created_by":"{id}","role":"{role}",)"
    R"("system_role":"admin","is_admin":true,"premium_tier":"plus","seq":999,"position":999,)"
    R"("created_at":"2001-01-01T00:00:00.000Z","sent_at":"2001-01-01T00:00:00.000Z",)"
    R"("edited_at":"2001-01-01T00:00:00.000Z","deleted_at":"2001-01-01T00:00:00.000Z",)"
    R"("moderation_status":1,"status":0,"participant_count":5,"read_count":7,"key":1,)"
    R"("__proto__":{"role":"admin"},"constructor":{"role":"admin"})";

std::string foreign(std::string_view role, const std::string& id, const std::string& me) {
  std::string text = replaced(std::string(kForeign), "{role}", role);
  return replaced(replaced(std::move(text), "{id}", id), "{me}", me);
}

bool is_of_now(const Json& time) {
  return time.text().size() == 24 && time.text() > "2020";
}

TEST_CASE("whoever signs up is a user with an id of our making") {
  World world;
  HttpClient http = world.server().http();
  const std::string id = unknown_id("usr_");
  const HttpResponse made =
      http.post("/users", R"({"email":"mass@example.com","password":"long enough for this",)"
                          R"("display_name":"M",)" +
                              foreign("admin", id, id) + "}");
  REQUIRE(made.status == 201);
  CHECK(made.json()["id"].text() != id);
  CHECK(is_of_now(made.json()["created_at"]));
  const HttpResponse login =
      http.post("/auth/login", R"({"email":"mass@example.com","password":"long enough for this",)" +
                                   foreign("admin", id, id) + "}");
  REQUIRE(login.status == 200);
  CHECK(login.json()["user"]["role"].text() == "user");
  CHECK(login.json()["user"]["id"].text() == made.json()["id"].text());
  const HttpResponse me = http.get("/users/me", login.json()["access_token"].text());
  CHECK(me.json()["role"].text() == "user");
}

TEST_CASE("a chat has the owner, the id and the time that it has") {
  World world;
  const User& user = world.as(Relation::member);
  const std::string id = unknown_id("chat_");
  const HttpResponse made =
      world.server().post("/chats",
                          R"({"type":"group","name":"M","participant_ids":[],)" +
                              foreign("member", id, world.as(Relation::stranger).id) + "}",
                          user);
  REQUIRE(made.status == 201);
  const Json chat = made.json();
  CHECK(chat["id"].text() != id);
  CHECK(chat["role"].text() == "owner");
  CHECK(chat["seq"].number() < 999);
  CHECK(chat["participant_count"].number() == 1);
  CHECK(is_of_now(chat["created_at"]));
  CHECK(chat["participants"][0]["user_id"].text() == user.id);
  CHECK(world.server().http().get("/chats/" + id, user.token).status == 404);
}

void check_as_sent_by(const Json& message, const User& user, const std::string& id) {
  CHECK(message["sender_id"].text() == user.id);
  CHECK(message["id"].text() != id);
  CHECK(message["seq"].number() < 999);
  CHECK(is_of_now(message["sent_at"]));
  CHECK(message["edited_at"].is_null());
  CHECK(message["deleted_at"].is_null());
  CHECK(message["content"]["text"].text() == "mine");
}

TEST_CASE("a message has the sender, the number and the time that it has") {
  World world;
  const Stage stage = set_stage(world);
  const User& user = world.as(Relation::member);
  const std::string id = unknown_id("msg_");
  const std::string path = "/chats/" + stage.chat + "/messages";
  const std::string fields =
      R"("message_id":")" + id + "\"," + foreign("owner", id, user.id) +
      R"(,"content":{"type":"text","text":"mine","sender_id":"x","seq":999})";
  const HttpResponse sent =
      world.server().post(path, R"({"client_message_id":"m1",)" + fields + "}", user);
  REQUIRE(sent.status == 202);
  CHECK(sent.json()["message_id"].text() != id);
  WsClient socket = connect_to(world.server(), user, {stage.chat});
  const Json ack =
      socket.ask(R"({"type":"message.new","chat_id":")" + stage.chat +
                 R"(","client_message_id":"m2","sender_id":")" + world.as(Relation::owner).id +
                 "\"," + replaced(fields, R"("id":")" + id + "\",", "") + "}");
  REQUIRE(ack["type"].text() == "ack");
  CHECK(ack["message_id"].text() != id);
  const Json page = world.server().http().get(path + "?limit=2", user.token).json();
  REQUIRE(page["messages"].size() == 2);
  check_as_sent_by(page["messages"][0], user, id);
  check_as_sent_by(page["messages"][1], user, id);
}

TEST_CASE("an edit changes the content and nothing else") {
  World world;
  const Stage stage = set_stage(world);
  const User& user = world.as(Relation::member);
  const std::string& message = stage.own_message[index_of(Relation::member)];
  const std::string path = "/chats/" + stage.chat + "/messages/" + message;
  const std::string body = R"({"content":{"type":"text","text":"edited"},"sender_id":")" +
                           world.as(Relation::owner).id + "\"," +
                           foreign("owner", unknown_id("msg_"), world.as(Relation::owner).id) + "}";
  REQUIRE(world.server().http().patch(path, body, user.token).status == 200);
  const Json page =
      world.server().http().get("/chats/" + stage.chat + "/messages", user.token).json();
  bool found = false;
  for (std::size_t i = 0; i < page["messages"].size(); ++i) {
    const Json record = page["messages"][i];
    if (record["id"].text() != message) continue;
    found = true;
    CHECK(record["sender_id"].text() == user.id);
    CHECK(record["seq"].number() < 999);
    CHECK(record["content"]["text"].text() == "edited");
    CHECK(record["deleted_at"].is_null());
  }
  CHECK(found);
}

TEST_CASE("what is said of oneself in a body must be oneself") {
  World world;
  const Stage stage = set_stage(world);
  const User& user = world.as(Relation::member);
  const std::string other = world.as(Relation::owner).id;
  const std::string chat = "/chats/" + stage.chat;
  CHECK(world.server()
            .post(chat + "/typing", R"({"is_typing":true,"user_id":")" + other + "\"}", user)
            .status == 403);
  CHECK(world.server()
            .post(chat + "/messages",
                  R"({"client_message_id":"x","content":{"type":"text","text":"x"},)"
                  R"("sender_id":")" +
                      other + "\"}",
                  user)
            .status == 403);
  // A read mark is one's own whatever a body says.
  REQUIRE(world.server()
              .post(chat + "/read",
                    R"({"user_id":")" + other + R"(","last_read_message_id":")" +
                        stage.victims_message[0] + "\"}",
                    user)
              .status == 200);
  const Json seen =
      world.server().http().get(chat, world.as(Relation::owner).token).json()["participants"];
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const bool own = seen[i]["user_id"].text() == user.id;
    CHECK((seen[i]["last_read_seq"].number() > 0) == own);
  }
}

TEST_CASE("one unknown participant refuses the whole chat, and does not say which") {
  World world;
  const User& user = world.as(Relation::member);
  const std::string unknown = unknown_id("usr_");
  const auto with = [&](const std::string& ids) {
    return world.server().post("/chats", R"({"type":"group","participant_ids":[)" + ids + "]}",
                               user);
  };
  const HttpResponse refused =
      with('"' + world.other(0).id + "\",\"" + unknown + "\",\"" + world.other(1).id + '"');
  CHECK(refused.status == 422);
  CHECK(refused.body.find(unknown) == std::string::npos);
  // An erased user is as unknown as one that never was.
  const HttpResponse erased = with('"' + world.as(Relation::erased).id + '"');
  const HttpResponse never = with('"' + unknown + '"');
  CHECK(erased.status == never.status);
  CHECK(replaced(erased.body, erased.header("x-correlation-id"), "") ==
        replaced(never.body, never.header("x-correlation-id"), ""));
  CHECK(world.server().http().get("/chats", user.token).json()["items"].size() == 0);
}

}  // namespace
}  // namespace kith::test
