// Clients in a hurry: they do not wait for answers, change their minds, and vanish in the middle.
#include <random>

#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

std::string frame_of(std::string_view type, std::string_view id, const std::string& chat,
                     std::string_view more = {}) {
  return R"({"type":")" + std::string(type) + R"(","id":")" + std::string(id) + R"(","channel":")" +
         chat + '"' + std::string(more) + "}";
}

void fill(WsClient& sender, const std::string& chat, int count) {
  for (int i = 0; i < count; ++i) sender.send(message(chat, "f" + std::to_string(i), "x"));
  for (int i = 0; i < count; ++i) sender.expect("ack");
}

KITH_ON_SHARDS("everything in one segment: init, subscribe, send, and each is answered in order") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 1);
  WsClient socket(server.port());
  socket.send(init_frame(room.users[0]) + "\n" + frame_of("subscribe", "s", room.chat) + "\n" +
              message(room.chat, "1", "hurry") + "\n" + R"({"type":"ping","id":"p"})");
  socket.expect("connection.ready");
  CHECK(socket.wait_for("ack")["client_message_id"].text() == "1");
  WsClient other = connect_to(server, room.users[0], {room.chat});
  say(other, room.chat, "2", "x");
  CHECK(socket.wait_for("message.new")["client_message_id"].text() == "2");
}

KITH_ON_SHARDS(
    "subscribing and unsubscribing without waiting: each answered, the last one counts") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  fill(sender, room.chat, 300);
  WsClient socket = connect(server, room.users[1]);
  std::mt19937 random(7);
  for (int round = 0; round < 10; ++round) {
    std::string frames;
    bool follows = false;
    for (int i = 0; i < 9; ++i) {
      const auto id = std::to_string(round * 9 + i);
      follows = random() % 2 == 0;
      frames += follows ? frame_of("subscribe", id, room.chat, R"(,"after_seq":100)")
                        : frame_of("unsubscribe", id, room.chat);
      frames += '\n';
    }
    socket.send(frames);
    std::size_t answers = 0;
    while (answers < 9) {
      const Json frame = socket.next();
      if (frame["id"].present()) ++answers;
      // A subscribe that was overtaken is told so.
      if (frame["type"].text() == "error") CHECK(frame["code"].text() == "conflict");
    }
    for (const Json& late : socket.fence()) CHECK(late["type"].text() == "message.new");
    const auto seq = say(sender, room.chat, "r" + std::to_string(round), "live")["seq"].number();
    if (follows) {
      CHECK(socket.wait_for("message.new")["seq"].number() == seq);
    } else {
      CHECK(socket.fence().empty());
    }
  }
}

KITH_ON_SHARDS("a second subscribe in the middle of a replay: the last replay is whole") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  fill(sender, room.chat, 900);
  WsClient socket = connect(server, room.users[1]);
  const auto head = subscribe(socket, room.chat)["seq"].number();
  socket.send(
      frame_of("subscribe", "a", room.chat, R"(,"after_seq":)" + std::to_string(head - 900)) +
      "\n" +
      frame_of("subscribe", "b", room.chat, R"(,"after_seq":)" + std::to_string(head - 500)));
  std::int64_t last = 0;
  for (;;) {
    const Json frame = socket.next();
    if (frame["type"].text() == "message.new") last = frame["seq"].number();
    if (frame["id"].text() == "b") break;
  }
  CHECK(last == head);
  CHECK(say(sender, room.chat, "live", "x")["seq"].number() == head + 1);
  CHECK(socket.expect("message.new")["seq"].number() == head + 1);
  CHECK(socket.fence().empty());
}

KITH_ON_SHARDS("sockets that vanish at any moment leave nothing behind") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  fill(sender, room.chat, 500);
  std::mt19937 random(11);
  for (int i = 0; i < 100; ++i) {
    WsClient socket(server.port());
    socket.send(init_frame(room.users[1], R"("follow":["chats"])"));
    const bool replays = random() % 4 != 0;
    if (replays) socket.send(frame_of("subscribe", "s", room.chat, R"(,"after_seq":1)"));
    if (random() % 4 == 0) socket.send_raw(WsClient::encode({}, "half a frame").substr(0, 5));
    for (auto reads = random() % (replays ? 20 : 3); reads > 0; --reads) socket.next();
    if (random() % 2 == 0) {
      socket.abort();
    } else {
      socket.drop();
    }
    sender.send(message(room.chat, "v" + std::to_string(i), "x"));
  }
  for (int i = 0; i < 100; ++i) sender.wait_for("ack");
  CHECK(sender.fence().empty());
  CHECK(server.http().get("/readyz").status == 200);
}

KITH_ON_SHARDS("many commands in flight are all answered, each once") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 1);
  WsClient socket = connect(server, room.users[0]);
  constexpr int kCommands = 2000;
  std::string frames;
  for (int i = 0; i < kCommands; ++i) {
    const auto id = R"("id":")" + std::to_string(i) + R"(",)";
    std::string frame;
    switch (i % 4) {
      case 0:
        frame = message(room.chat, "m" + std::to_string(i), "x");
        break;
      case 1:
        frame = R"({"type":"history","limit":1,"chat_id":")" + room.chat + R"("})";
        break;
      case 2:
        frame = R"({"type":"ping"})";
        break;
      default:
        frame = R"({"type":"presence","channel":")" + room.chat + R"("})";
        break;
    }
    frames = "{" + id + frame.substr(1);
    socket.send(frames);
  }
  std::vector<int> answers(kCommands);
  for (int i = 0; i < kCommands; ++i) {
    const Json frame = socket.next();
    CHECK(frame["type"].text() != "error");
    ++answers[static_cast<std::size_t>(std::stoi(frame["id"].text()))];
  }
  for (const int count : answers) CHECK(count == 1);
  CHECK(socket.fence().empty());
}

}  // namespace
}  // namespace kith::test
