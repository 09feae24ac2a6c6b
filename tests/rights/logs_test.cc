// Nothing of what people trust a server with is in its log (RELIABILITY C13): no password, token,
// text, email or name, at the level that says most, also where what they sent was refused.
#include <doctest/doctest.h>

#include <set>

#include "tests/rights/world.h"

namespace kith::test {
namespace {

class Canaries {
 public:
  std::string make(std::string_view kind) {
    made_.push_back("canary-" + std::string(kind) + '-' + unknown_id(""));
    return made_.back();
  }
  void keep(std::string secret) { made_.push_back(std::move(secret)); }
  std::vector<std::string> found_in(const std::string& text) const {
    std::vector<std::string> found;
    for (const std::string& canary : made_) {
      if (text.find(canary) != std::string::npos) found.push_back(canary);
    }
    return found;
  }
  std::size_t size() const { return made_.size(); }

 private:
  std::vector<std::string> made_;
};

void use_accounts(World& world, Canaries& canaries) {
  HttpClient http = world.server().http();
  const std::string email = canaries.make("email") + "@example.com";
  const std::string password = canaries.make("password");
  const auto sign_up = [&](const std::string& address, const std::string& secret,
                           const std::string& name) {
    return http.post("/users", R"({"email":")" + address + R"(","password":")" + secret +
                                   R"(","display_name":")" + name + R"(","bio":")" +
                                   canaries.make("bio") + "\"}");
  };
  CHECK(sign_up(email, password, canaries.make("name")).status == 201);
  CHECK(sign_up(email, canaries.make("password"), "again").status == 409);
  CHECK(sign_up("no email " + canaries.make("email"), canaries.make("password"), "x").status ==
        422);
  CHECK(http.post("/users", "{\"password\":\"" + canaries.make("password")).status == 400);
  const auto login = [&](const std::string& secret) {
    return http.post("/auth/login", R"({"email":")" + email + R"(","password":")" + secret + "\"}");
  };
  CHECK(login(canaries.make("password")).status == 401);
  const HttpResponse good = login(password);
  REQUIRE(good.status == 200);
  canaries.keep(good.json()["access_token"].text());
  canaries.keep(good.json()["refresh_token"].text());
  const auto refresh = [&](const std::string& token) {
    return http.post("/auth/refresh", R"({"refresh_token":")" + token + "\"}");
  };
  CHECK(refresh(canaries.make("refresh")).status == 401);
  const HttpResponse next = refresh(good.json()["refresh_token"].text());
  canaries.keep(next.json()["access_token"].text());
  canaries.keep(next.json()["refresh_token"].text());
  CHECK(refresh(good.json()["refresh_token"].text()).status == 401);
}

void use_bad_doors(World& world, Canaries& canaries) {
  HttpClient http = world.server().http();
  const std::string good = world.as(Relation::member).token;
  CHECK(http.get("/users/me", canaries.make("token")).status == 401);
  CHECK(http.get("/users/me?token=" + canaries.make("token")).status == 401);
  CHECK(http.get("/chats/" + canaries.make("path") + "/messages", good).status == 400);
  CHECK(http.get("/" + canaries.make("path"), good).status == 404);
  CHECK(http.get("/chats?cursor=" + canaries.make("cursor"), good).status == 400);
  CHECK(http.send_raw("GET /%zz" + canaries.make("path") + " HTTP/1.1\r\nHost: x\r\n\r\n").status ==
        400);
  CHECK(http.send_raw("GET / HTTP/1.1\r\nHost: x\r\n" + canaries.make("field") + " : x\r\n\r\n")
            .status == 400);
  CHECK(http.send({.path = "/chats",
                   .token = good,
                   .headers = {{"Cookie", canaries.make("cookie")},
                               {"Idempotency-Key", canaries.make("key")},
                               {"User-Agent", canaries.make("agent")}}})
            .status == 200);
  for (const std::string& path :
       {"/ws?token=" + canaries.make("token"), std::string("/ws?token=") + good}) {
    WsClient socket(world.server().port(), {.path = path});
    socket.send(R"({"type":"connection.init","token":")" + canaries.make("token") + "\"}");
    CHECK(socket.wait_close() == 4500);
  }
  canaries.keep(good);
}

void use_chat(World& world, Canaries& canaries) {
  const Stage stage = set_stage(world);
  canaries.keep(stage.canary);
  const std::string text = canaries.make("text");
  WsClient socket = connect_to(world.server(), world.as(Relation::owner), {stage.chat});
  const Json sent = say(socket, stage.chat, canaries.make("client-id"), text);
  const std::string id = sent["message_id"].text();
  socket.ask(about("message.update", stage.chat, id,
                   R"("content":{"type":"text","text":")" + canaries.make("text") + "\"}"));
  socket.ask(R"({"type":"moderation","action":"mute","chat_id":")" + stage.chat +
             R"(","user_id":")" + world.other(0).id + R"(","reason":")" + canaries.make("reason") +
             "\"}");
  socket.ask(
      about("message.delete", stage.chat, id, R"("reason":")" + canaries.make("reason") + '"'));
  socket.ask(message(unknown_id("chat_"), "1", canaries.make("text")));
  socket.ask(R"({"type":")" + canaries.make("type") + R"(","token":")" + canaries.make("token") +
             "\"}");
  world.server().post("/chats/" + stage.chat + "/messages/" + stage.victims_message[0] + "/report",
                      R"({"reason":")" + canaries.make("report") + "\"}",
                      world.as(Relation::member));
  world.server().post(
      "/chats/" + stage.chat + "/messages",
      R"({"client_message_id":"2","content":{"type":"text","text":")" + canaries.make("text"),
      world.as(Relation::member));
  socket.send("no JSON: " + canaries.make("text"));
  CHECK(socket.wait_close() == 4501);
  WsClient other = connect(world.server(), world.as(Relation::member));
  other.send_frame({.opcode = 8}, std::string("\x0f\xa1", 2) + canaries.make("close-reason"));
  CHECK(other.wait_close() == 4001);
  WsClient third = connect(world.server(), world.as(Relation::member));
  third.send(R"({"type":"x","text":")" + canaries.make("text") + std::string(70'000, 'x') + "\"}");
  CHECK(third.wait_close() == 1009);
}

TEST_CASE("no password, token, text, email or name is in the log, at any level") {
  World world({"log.level=trace", "shards=1"});
  Canaries canaries;
  use_accounts(world, canaries);
  use_chat(world, canaries);
  use_bad_doors(world, canaries);
  const std::string metrics = world.server().http().get("/metrics").body;
  CHECK(world.server().terminate() == 0);
  const std::string log = world.server().log();
  // It does say what happened.
  for (const char* line : {"server.listening", "http.answered", "socket.closed", "POST",
                           "/auth/login", "server.stopped"}) {
    CAPTURE(line);
    CHECK(log.find(line) != std::string::npos);
  }
  for (const std::string& found : canaries.found_in(log)) FAIL_CHECK("in the log: ", found);
  for (const std::string& found : canaries.found_in(metrics)) FAIL_CHECK("in metrics: ", found);
  MESSAGE(canaries.size(), " secrets used, none in ", log.size(), " bytes of log");
}

TEST_CASE("kithd token and grant say what they were asked for, and no secret") {
  World world;
  REQUIRE(world.server().terminate() == 0);
  const std::string data = world.server().data().string();
  const std::string& user = world.as(Relation::member).id;
  const Output grant =
      run({kithd(), "grant", "--data", data, "--user", user, "--role", "moderator"});
  CHECK(grant.status == 0);
  const std::string secret = unknown_id("a-secret-of-the-operator-");
  const Output checked =
      run({kithd(), "check-config", "--data", data, "--set", "auth.secret=" + secret});
  CHECK(checked.status == 0);
  for (const Output* output : {&grant, &checked}) {
    CHECK((output->out + output->err).find(secret) == std::string::npos);
    CHECK((output->out + output->err).find(world.secret()) == std::string::npos);
  }
  const Output token = run({kithd(), "token", "--data", data, "--user", user});
  CHECK(token.status == 0);
  CHECK(token.err.empty());
}

}  // namespace
}  // namespace kith::test
