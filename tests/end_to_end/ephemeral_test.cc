// Typing, presence and read receipts (PROTOCOL section 4).
#include "tests/support/await.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

std::string typing(std::string_view verb, const std::string& chat) {
  return R"({"type":"typing.)" + std::string(verb) + R"(","chat_id":")" + chat + R"("})";
}
std::string read_up_to(const std::string& chat, const std::string& message) {
  return R"({"type":"delivery.read","chat_id":")" + chat + R"(","last_read_message_id":")" +
         message + R"("})";
}

KITH_ON_SHARDS("typing reaches the others, not oneself, and stops in four ways") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient typist = connect_to(server, room.users[0], {room.chat});
  WsClient own_other = connect_to(server, room.users[0], {room.chat});
  WsClient watcher = connect_to(server, room.users[1], {room.chat});
  CHECK(typist.ask(typing("start", room.chat))["type"].text() == "ack");
  const Json start = watcher.expect("typing.start");
  CHECK(start["chat_id"].text() == room.chat);
  CHECK(start["user_id"].text() == room.users[0].id);
  CHECK(start["expires_in_ms"].number() == 5000);

  SUBCASE("by saying so") {
    typist.send(typing("stop", room.chat));
  }
  SUBCASE("by sending, before the message") {
    typist.send(message(room.chat, "1", "done"));
    typist.wait_for("ack");
    own_other.wait_for("message.new");
  }
  SUBCASE("by the user's last session in the chat going, at once") {
    own_other.drop();
    typist.drop();
  }
  SUBCASE("by itself, after 5 s") {}
  const Json stop = watcher.wait_for("typing.stop");
  CHECK(stop["user_id"].text() == room.users[0].id);
  for (WsClient* own : {&typist, &own_other}) {
    if (!own->socket().open()) continue;
    for (const Json& frame : own->fence()) {
      CHECK(frame["type"].text().rfind("typing.", 0) != 0);
    }
  }
}

KITH_ON_SHARDS("typing over HTTP is the same") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient watcher = connect_to(server, room.users[1], {room.chat});
  auto say_typing = [&](bool is) {
    return server.post(
        "/chats/" + room.chat + "/typing",
        R"({"user_id":")" + room.users[0].id + R"(","is_typing":)" + (is ? "true" : "false") + "}",
        room.users[0]);
  };
  const auto response = say_typing(true);
  CHECK(response.status == 200);
  CHECK(response.json()["expires_in_ms"].number() == 5000);
  CHECK(watcher.expect("typing.start")["user_id"].text() == room.users[0].id);
  CHECK(say_typing(false).status == 200);
  CHECK(watcher.expect("typing.stop")["user_id"].text() == room.users[0].id);
}

// The answer, once it counts so many: a node hears of another's users a moment later.
Json presence_of(WsClient& socket, const std::string& chat, std::int64_t count) {
  Json answer;
  const auto counts_them = [&] {
    answer = socket.ask(R"({"type":"presence","channel":")" + chat + R"("})");
    return answer["count"].number() == count;
  };
  REQUIRE_MESSAGE(await_condition(Clock::now() + kPatience, 20ms, counts_them), answer.dump());
  return answer;
}

KITH_ON_SHARDS("presence counts users, joins once, and leaves after the grace time") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 3);
  WsClient watcher = connect(server, room.users[0]);
  const Json first = subscribe(watcher, room.chat, R"("presence":true)");
  CHECK(first["presence"]["count"].number() == 1);
  CHECK(first["presence"]["users"].texts() == std::vector<std::string>{room.users[0].id});
  WsClient second = connect_to(server, room.users[1], {room.chat});
  const Json join = watcher.expect("presence.join");
  CHECK(join["channel"].text() == room.chat);
  CHECK(join["user_id"].text() == room.users[1].id);
  CHECK(join["count"].number() == 2);
  WsClient again = connect_to(server, room.users[1], {room.chat});
  const Json asked = presence_of(second, room.chat, 2);
  CHECK(asked["type"].text() == "presence");
  CHECK(asked["count"].number() == 2);
  CHECK(asked["users"].size() == 2);

  // Back within the grace time: nobody hears of it.
  second.drop();
  again.drop();
  WsClient back = connect_to(server, room.users[1], {room.chat});
  CHECK(presence_of(back, room.chat, 2)["count"].number() == 2);
  CHECK(watcher.fence().empty());
  const auto left = Clock::now();
  back.drop();
  const Json leave = watcher.next(30s);
  CHECK(leave["type"].text() == "presence.leave");
  CHECK(leave["user_id"].text() == room.users[1].id);
  CHECK(leave["count"].number() == 1);
  CHECK(Clock::now() - left > 13s);
}

KITH_ON_SHARDS("read receipts move forward only, and reach the reader's other sessions") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient reader = connect_to(server, room.users[1], {room.chat});
  WsClient reader_other = connect_to(server, room.users[1], {room.chat});
  const Json first = say(sender, room.chat, "1", "one");
  const Json second = say(sender, room.chat, "2", "two");
  for (WsClient* socket : {&reader, &reader_other}) {
    socket->expect("message.new");
    socket->expect("message.new");
  }
  CHECK(reader.ask(read_up_to(room.chat, second["message_id"].text()))["type"].text() == "ack");
  for (WsClient* socket : {&sender, &reader_other}) {
    const Json receipt = socket->expect("delivery.read");
    CHECK(receipt["chat_id"].text() == room.chat);
    CHECK(receipt["user_id"].text() == room.users[1].id);
    CHECK(receipt["last_read_message_id"].text() == second["message_id"].text());
    CHECK(receipt["last_read_seq"].number() == second["seq"].number());
    CHECK(receipt["read_at"].text().size() == 24);
  }
  // Backwards changes nothing: the next that comes is the message after it.
  CHECK(reader.ask(read_up_to(room.chat, first["message_id"].text()))["type"].text() == "ack");
  say(sender, room.chat, "3", "three");
  CHECK(reader_other.expect("message.new")["client_message_id"].text() == "3");
  const Json again = subscribe(sender, room.chat);
  std::int64_t read = -1;
  for (std::size_t i = 0; i < again["receipts"].size(); ++i) {
    if (again["receipts"][i]["user_id"].text() == room.users[1].id) {
      read = again["receipts"][i]["last_read_seq"].number();
    }
  }
  CHECK(read == second["seq"].number());
}

KITH_ON_SHARDS("unread counts what others sent and one has not read") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient reader = connect_to(server, room.users[1], {room.chat});
  auto unread = [&](const User& user) {
    return server.http().get("/chats", user.token).json()["items"][0]["unread_count"].number();
  };
  const auto first = say(sender, room.chat, "1", "one")["message_id"].text();
  say(sender, room.chat, "2", "two");
  CHECK(unread(room.users[1]) == 2);
  CHECK(unread(room.users[0]) == 0);
  reader.ask(read_up_to(room.chat, first));
  CHECK(unread(room.users[1]) == 1);
  say(reader, room.chat, "3", "mine are never unread to me");
  CHECK(unread(room.users[1]) == 1);
  CHECK(unread(room.users[0]) == 1);
}

}  // namespace
}  // namespace kith::test
