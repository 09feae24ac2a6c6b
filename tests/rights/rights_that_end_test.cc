// Rights that end while a socket is open (RELIABILITY C10; ASVS 7.4.1): whatever ends them, the
// socket is closed or loses the channel within 2 s (cut_off.h), nothing numbered behind the end
// arrives, and what is not numbered stops as well. With one shard and with two, while others go on
// writing.
#include <doctest/doctest.h>

#include <optional>
#include <thread>

#include "tests/gateway/jwt_forger.h"
#include "tests/rights/cut_off.h"
#include "tests/rights/world.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

std::string with_user(const Stage& stage, std::string_view action, const User& user) {
  return R"({"type":"moderation","chat_id":")" + stage.chat + R"(","action":")" +
         std::string(action) + R"(","user_id":")" + user.id + "\"}";
}

struct Ending {
  std::int64_t at = 0;                // the number of the event that ended the right
  std::chrono::milliseconds after{};  // how long after its commit the socket heard of it
};

// Ends a member's right in the middle of a conversation; what they hear of it is checked.
template <typename End>
Ending check_cut(World& world, const End& end) {
  const Stage stage = set_stage(world);
  const User& loser = world.as(Relation::member);
  WsClient speaker = connect_to(world.server(), world.as(Relation::owner), {stage.chat});
  WsClient socket = connect_to(world.server(), loser, {stage.chat});
  for (int i = 0; i < 20; ++i) {
    speaker.send(message(stage.chat, "before-" + std::to_string(i), "talk"));
  }
  Ending ending;
  ending.at = end(stage, loser);
  const auto ended = Clock::now();
  for (int i = 0; i < 20; ++i) {
    speaker.send(message(stage.chat, "after-" + std::to_string(i), "secret"));
    speaker.send(R"({"type":"typing.start","chat_id":")" + stage.chat + "\"}");
  }
  for (;;) {
    const Json frame = socket.next();
    if (frame["type"].text() == "unsubscribed") {
      CHECK(frame["channel"].text() == stage.chat);
      CHECK(frame["code"].text() == "forbidden");
      break;
    }
    CHECK(frame["seq"].number() <= ending.at);
  }
  ending.after = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - ended);
  // What was under way when it ended has then arrived; nothing of the chat comes any more.
  speaker.fence();
  speaker.send(R"({"type":"typing.stop","chat_id":")" + stage.chat + "\"}");
  say(speaker, stage.chat, "last", "secret");
  for (const Json& frame : socket.fence()) {
    CHECK(frame["chat_id"].text() != stage.chat);
    CHECK(frame["channel"].text() != stage.chat);
  }
  // Nor by asking, on any way.
  CHECK(subscribe(socket, stage.chat, R"("after_seq":0)")["type"].text() == "error");
  CHECK(socket.ask(R"({"type":"history","chat_id":")" + stage.chat + "\"}")["type"].text() ==
        "error");
  CHECK(socket.ask(R"({"type":"presence","channel":")" + stage.chat + "\"}")["type"].text() ==
        "error");
  CHECK(world.server().http().get("/chats/" + stage.chat, loser.token).status == 404);
  WsClient resumed = connect(world.server(), loser, R"("resume":{")" + stage.chat + R"(":0})");
  for (const Json& frame : resumed.fence()) CHECK(frame["chat_id"].text() != stage.chat);
  return ending;
}

KITH_ON_SHARDS("removal cuts at its number") {
  World world({Shards::kSetting});
  const Ending ending = check_cut(world, [&](const Stage& stage, const User& loser) {
    return world.server()
        .http()
        .del("/chats/" + stage.chat + "/participants/" + loser.id,
             world.as(Relation::moderator).token)
        .json()["seq"]
        .number();
  });
  CHECK(ending.at > 0);
  CHECK(ending.after < kCutWithin);
}

KITH_ON_SHARDS("leaving cuts at its number") {
  World world({Shards::kSetting});
  const Ending ending = check_cut(world, [&](const Stage& stage, const User& loser) {
    return world.server()
        .http()
        .del("/chats/" + stage.chat + "/participants/" + loser.id, loser.token)
        .json()["seq"]
        .number();
  });
  CHECK(ending.at > 0);
  CHECK(ending.after < kCutWithin);
}

KITH_ON_SHARDS("a ban cuts at its number") {
  World world({Shards::kSetting});
  const Ending ending = check_cut(world, [&](const Stage& stage, const User& loser) {
    WsClient owner = connect(world.server(), world.as(Relation::owner));
    return owner.ask(with_user(stage, "ban", loser))["seq"].number();
  });
  CHECK(ending.at > 0);
  CHECK(ending.after < kCutWithin);
}

KITH_ON_SHARDS("a ban closes the chat's own socket with 4507, a removal with 4503") {
  World world({Shards::kSetting});
  const Stage stage = set_stage(world);
  const auto open = [&](const User& user) {
    WsClient socket(world.server().port(), {.path = "/chats/" + stage.chat});
    socket.send(init_frame(user));
    socket.expect("connection.ready");
    socket.wait_for("subscribed",
                    [&](const Json& frame) { return frame["channel"].text() == stage.chat; });
    return socket;
  };
  WsClient banned = open(world.as(Relation::member));
  WsClient removed = open(world.other(0));
  WsClient owner = connect(world.server(), world.as(Relation::owner));
  CHECK(owner.ask(with_user(stage, "ban", world.as(Relation::member)))["type"].text() == "ack");
  check_cut_off(banned, 4507, Clock::now());
  CHECK(world.server()
            .http()
            .del("/chats/" + stage.chat + "/participants/" + world.other(0).id,
                 world.as(Relation::owner).token)
            .status == 200);
  check_cut_off(removed, 4503, Clock::now());
}

KITH_ON_SHARDS("a logout cuts the sockets of its login, and their messages are refused") {
  World world({Shards::kSetting});
  const Stage stage = set_stage(world);
  const User user = world.logged_in_again(world.as(Relation::member));
  const User elsewhere = world.logged_in_again(user);
  std::vector<WsClient> cut;
  for (int i = 0; i < 8; ++i) cut.push_back(connect_to(world.server(), user, {stage.chat}));
  WsClient stays = connect_to(world.server(), elsewhere, {stage.chat});
  REQUIRE(world.server().post("/auth/logout", "", user).status == 204);
  const auto ended = Clock::now();
  for (WsClient& socket : cut) check_cut_off(socket, 4507, ended);
  CHECK(world.server().http().get("/chats", user.token).status == 401);
  // The last answer of 204 means that the second is one of 401: there is nothing left to end.
  CHECK(world.server().post("/auth/logout", "", user).status == 401);
  CHECK(say(stays, stage.chat, "1", "still here")["type"].text() == "ack");
}

KITH_ON_SHARDS("a socket that was carried on by another login ends with that one") {
  World world({Shards::kSetting});
  const User first = world.logged_in_again(world.as(Relation::member));
  const User second = world.logged_in_again(first);
  WsClient socket = connect(world.server(), first);
  CHECK(socket.ask(R"({"type":"connection.refresh","token":")" + second.token + "\"}")["type"]
            .text() == "ack");
  REQUIRE(world.server().post("/auth/logout", "", second).status == 204);
  check_cut_off(socket, 4507, Clock::now());
}

TEST_CASE("a socket whose token runs out is warned and closed with 4003") {
  World world;
  const User& user = world.as(Relation::member);
  jwt_forger::Bearer bearer{.user = *UserId::parse(user.id),
                            .session = *AuthSessionId::parse(unknown_id("ses_")),
                            .now = std::chrono::duration_cast<std::chrono::seconds>(
                                       std::chrono::system_clock::now().time_since_epoch())
                                       .count()};
  User brief = user;
  brief.token = jwt_forger::forge(
      jwt_forger::kHeader, jwt_forger::claims_with("exp", std::to_string(bearer.now + 3), bearer),
      world.secret());
  WsClient socket(world.server().port());
  socket.send(init_frame(brief));
  const Json warning = socket.wait_for("connection.expiring");
  CHECK(warning["expires_in_ms"].number() <= 3000);
  CHECK(socket.wait_close() == 4003);
  REQUIRE(socket.closing());
  CHECK((*socket.closing())["reconnect"].flag());
}

KITH_ON_SHARDS("a mute stops messages and typing at once, and nothing of it needs a new socket") {
  World world({Shards::kSetting});
  const Stage stage = set_stage(world);
  const User& loser = world.as(Relation::member);
  WsClient socket = connect_to(world.server(), loser, {stage.chat});
  WsClient owner = connect_to(world.server(), world.as(Relation::owner), {stage.chat});
  socket.send(R"({"type":"typing.start","chat_id":")" + stage.chat + "\"}");
  owner.wait_for("typing.start");
  CHECK(owner.ask(with_user(stage, "mute", loser))["type"].text() == "ack");
  owner.wait_for("typing.stop");
  socket.wait_for("system.moderation");
  CHECK(socket.ask(message(stage.chat, "m", "but"))["code"].text() == "forbidden");
  CHECK(socket.ask(R"({"type":"typing.start","chat_id":")" + stage.chat + "\"}")["code"].text() ==
        "forbidden");
}

}  // namespace
}  // namespace kith::test
