// When the right to a chat ends, it ends at a number (PROTOCOL sections 2 and 4, invariant I7).
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

HttpResponse remove(const TestServer& server, const Room& room, const User& by, const User& who) {
  return server.http().del("/chats/" + room.chat + "/participants/" + who.id, by.token);
}

std::string moderation(const Room& room, std::string_view action, const User& user) {
  return R"({"type":"moderation","chat_id":")" + room.chat + R"(","action":")" +
         std::string(action) + R"(","user_id":")" + user.id + R"("})";
}

// Everything up to `unsubscribed`; the highest number among it.
std::int64_t read_until_unsubscribed(WsClient& socket, const std::string& chat) {
  std::int64_t last = 0;
  for (;;) {
    const Json frame = socket.next();
    if (frame["type"].text() == "unsubscribed") {
      CHECK(frame["channel"].text() == chat);
      CHECK(frame["code"].text() == "forbidden");
      return last;
    }
    if (frame["chat_id"].text() == chat) last = std::max(last, frame["seq"].number());
  }
}

KITH_ON_SHARDS("who is removed hears of it, and of nothing after") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 3);
  WsClient owner = connect_to(server, room.users[0], {room.chat});
  WsClient removed = connect_to(server, room.users[1], {room.chat});
  CHECK(remove(server, room, room.users[0], room.users[1]).status / 100 == 2);
  for (int i = 0; i < 20; ++i) owner.send(message(room.chat, std::to_string(i), "secret"));
  const Json leave = owner.wait_for("participant.leave");
  CHECK(leave["user_id"].text() == room.users[1].id);
  CHECK(leave["by"].text() == room.users[0].id);
  CHECK(read_until_unsubscribed(removed, room.chat) <= leave["seq"].number());
  for (int i = 0; i < 20; ++i) owner.wait_for("ack");
  for (const Json& frame : removed.fence()) CHECK(frame["chat_id"].text() != room.chat);
  CHECK(removed.ask(message(room.chat, "x", "still here"))["code"].text() == "forbidden");
  CHECK(subscribe(removed, room.chat)["code"].text() == "forbidden");
}

KITH_ON_SHARDS("who leaves by themselves is out too, on all their sockets") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient one = connect_to(server, room.users[1], {room.chat});
  WsClient other = connect_to(server, room.users[1], {room.chat});
  CHECK(remove(server, room, room.users[1], room.users[1]).status / 100 == 2);
  read_until_unsubscribed(one, room.chat);
  read_until_unsubscribed(other, room.chat);
}

KITH_ON_SHARDS("on /chats/{id} being removed closes with 4503, being banned with 4507") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 3);
  auto open = [&](const User& user) {
    WsClient socket(server.port(), {.path = "/chats/" + room.chat});
    socket.send(init_frame(user));
    socket.expect("connection.ready");
    socket.expect("subscribed");
    socket.expect("subscribed");
    return socket;
  };
  WsClient removed = open(room.users[1]);
  WsClient banned = open(room.users[2]);
  CHECK(remove(server, room, room.users[0], room.users[1]).status / 100 == 2);
  CHECK(removed.wait_close() == 4503);
  WsClient owner = connect(server, room.users[0]);
  CHECK(owner.ask(moderation(room, "ban", room.users[2]))["type"].text() == "ack");
  CHECK(banned.wait_close() == 4507);
}

KITH_ON_SHARDS("a ban is told in the chat, and keeps out who is invited again") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 3);
  WsClient owner = connect_to(server, room.users[0], {room.chat});
  WsClient banned = connect_to(server, room.users[1], {room.chat});
  WsClient witness = connect_to(server, room.users[2], {room.chat});
  CHECK(witness.ask(moderation(room, "ban", room.users[1]))["code"].text() == "forbidden");
  CHECK(owner.ask(moderation(room, "ban", room.users[1]))["type"].text() == "ack");
  const Json event = witness.wait_for("system.moderation");
  CHECK(event["action"].text() == "ban");
  CHECK(event["user_id"].text() == room.users[1].id);
  CHECK(event["moderator_id"].text() == room.users[0].id);
  CHECK(read_until_unsubscribed(banned, room.chat) <= event["seq"].number());
  const auto invitation = R"({"user_id":")" + room.users[1].id + R"("})";
  const auto path = "/chats/" + room.chat + "/participants";
  CHECK(server.post(path, invitation, room.users[0]).status == 403);
  CHECK(owner.ask(moderation(room, "unban", room.users[1]))["type"].text() == "ack");
  CHECK(server.post(path, invitation, room.users[0]).status / 100 == 2);
  CHECK(subscribe(banned, room.chat)["type"].text() == "subscribed");
}

KITH_ON_SHARDS("muted may read but not write, until unmuted") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient owner = connect_to(server, room.users[0], {room.chat});
  WsClient muted = connect_to(server, room.users[1], {room.chat});
  CHECK(owner.ask(moderation(room, "mute", room.users[1]))["type"].text() == "ack");
  muted.wait_for("system.moderation");
  CHECK(muted.ask(message(room.chat, "1", "but"))["code"].text() == "forbidden");
  say(owner, room.chat, "2", "quiet now");
  CHECK(muted.expect("message.new")["content"]["text"].text() == "quiet now");
  CHECK(owner.ask(moderation(room, "unmute", room.users[1]))["type"].text() == "ack");
  muted.wait_for("system.moderation");
  CHECK(muted.ask(message(room.chat, "1", "but"))["type"].text() == "ack");
}

KITH_ON_SHARDS("a hidden message is a tombstone until it is restored") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient owner = connect_to(server, room.users[0], {room.chat});
  WsClient member = connect_to(server, room.users[1], {room.chat});
  const auto id = say(member, room.chat, "1", "rude")["message_id"].text();
  auto moderate = [&](std::string_view action) {
    return owner
        .ask(
            about("moderation", room.chat, id, R"("action":")" + std::string(action) + '"'))["type"]
        .text();
  };
  auto content = [&] {
    return member
        .ask(R"({"type":"history","chat_id":")" + room.chat + R"("})")["messages"][0]["content"]
        .dump();
  };
  CHECK(moderate("hide") == "ack");
  const Json event = member.wait_for("system.moderation");
  CHECK(event["action"].text() == "hide");
  CHECK(event["message_id"].text() == id);
  CHECK(content() == R"({"type":"tombstone"})");
  CHECK(moderate("restore") == "ack");
  CHECK(content() == R"({"type":"text","text":"rude"})");
}

KITH_ON_SHARDS("who joins is told in the chat and on their own channel") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 1);
  const User guest = server.sign_up();
  WsClient owner = connect_to(server, room.users[0], {room.chat});
  WsClient own = connect(server, guest);
  CHECK(server.post("/chats/" + room.chat + "/participants", R"({"user_id":")" + guest.id + R"("})",
                    room.users[0])
                .status /
            100 ==
        2);
  const Json join = owner.expect("participant.join");
  CHECK(join["user_id"].text() == guest.id);
  CHECK(join["role"].text() == "member");
  CHECK(join["by"].text() == room.users[0].id);
  const Json told = own.expect("notification.new");
  CHECK(told["channel"].text() == guest.id);
  CHECK(told["seq"].number() > 0);
  CHECK(told["notification"]["id"].text().starts_with("ntf_"));
  CHECK(told["notification"]["type"].text() == "chat.joined");
  CHECK(told["notification"]["payload"]["chat_id"].text() == room.chat);
}

}  // namespace
}  // namespace kith::test
