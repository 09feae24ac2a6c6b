// SIGTERM: everybody is told, what was acked stands, exit 0 (PROTOCOL section 5).
#include <signal.h>

#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

TEST_CASE("SIGTERM announces 4001 with a time to come back, and exits 0") {
  TestServer server({"shards=2", "gateway.drain_s=1"});
  const auto users = server.sign_up(2);
  std::vector<WsClient> sockets;
  for (int i = 0; i < 6; ++i) sockets.push_back(connect(server, users[i % 2]));
  server.process().signal(SIGTERM);
  for (WsClient& socket : sockets) {
    CHECK(socket.wait_close() == 4001);
    REQUIRE(socket.closing());
    const Json closing = *socket.closing();
    CHECK(closing["code"].number() == 4001);
    CHECK(closing["reconnect"].flag());
    CHECK(closing["retry_after_ms"].number() >= 0);
    CHECK(closing["reason"].is_string());
  }
  CHECK(server.process().wait() == 0);
}

TEST_CASE("what was acked while draining is there after the restart, numbered as it was") {
  TestServer server({"shards=2", "gateway.drain_s=1", "limits.messages_per_minute=0"});
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient reader = connect_to(server, room.users[1], {room.chat});
  std::vector<Json> acks;
  int sent = 0;
  bool signalled = false;
  try {
    for (;;) {
      for (int i = 0; i < 20; ++i) {
        sender.send(message(room.chat, "m" + std::to_string(sent++), "x"));
      }
      for (int i = 0; i < 20; ++i) acks.push_back(sender.expect("ack"));
      if (acks.size() > 200 && !std::exchange(signalled, true)) server.process().signal(SIGTERM);
    }
  } catch (const std::runtime_error&) {
    // connection.closing instead of an ack, or the close itself: the drain has come.
  }
  CHECK(server.process().wait() == 0);
  REQUIRE(acks.size() > 200);
  server.start();
  WsClient again = connect(server, room.users[0]);
  for (const Json& ack : acks) {
    const Json repeat = say(again, room.chat, ack["client_message_id"].text(), "x");
    CHECK(repeat["duplicate"].flag());
    CHECK(repeat["seq"].number() == ack["seq"].number());
    CHECK(repeat["message_id"].text() == ack["message_id"].text());
  }
}

TEST_CASE("what was asked before SIGTERM is answered, and probes see 503 until then") {
  TestServer server({"shards=2", "gateway.drain_s=5"});
  const Room room = make_room(server, 2);
  const std::string body = R"({"client_message_id":"1","content":{"type":"text","text":"late"}})";
  Socket socket(server.port());
  socket.send("POST /chats/" + room.chat +
                  "/messages HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + room.users[0].token +
                  "\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n",
              Clock::now() + kPatience);
  std::string answer;
  while (answer.find("100 Continue") == answer.npos) {
    REQUIRE(socket.receive(answer, Clock::now() + kPatience));
  }
  server.process().signal(SIGTERM);
  const auto deadline = Clock::now() + kPatience;
  while (server.http().get("/readyz").status == 200) REQUIRE(Clock::now() < deadline);
  for (int i = 0; i < 8; ++i) {  // whichever shard it comes to
    const HttpResponse probe = server.http().get("/readyz");
    CHECK(probe.status == 503);
    CHECK(probe.header("connection") == "close");
    const HttpResponse upgrade =
        server.http().send({.path = "/ws",
                            .headers = {{"Upgrade", "websocket"},
                                        {"Connection", "Upgrade"},
                                        {"Sec-WebSocket-Version", "13"},
                                        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}}});
    CHECK(upgrade.status == 503);
    CHECK(upgrade.header("retry-after") != "");
  }
  CHECK(server.process().running());
  socket.send(body, Clock::now() + kPatience);
  while (socket.receive(answer, Clock::now() + kPatience)) {
  }
  CHECK(answer.find("HTTP/1.1 202 ") != answer.npos);
  CHECK(answer.find("Connection: close") != answer.npos);
  CHECK(server.process().wait(3s) == 0);
  server.start();
  CHECK(server.http()
            .get("/chats/" + room.chat + "/messages", room.users[0].token)
            .json()["messages"][0]["content"]["text"]
            .text() == "late");
}

TEST_CASE("with nobody connected it ends at once") {
  TestServer server({"gateway.drain_s=30"});
  server.process().signal(SIGTERM);
  CHECK(server.process().wait(5s) == 0);
}

TEST_CASE("a second SIGTERM ends it at once") {
  TestServer server({"gateway.drain_s=300"});
  const User user = server.sign_up();
  std::vector<WsClient> sockets;
  for (int i = 0; i < 10; ++i) sockets.push_back(connect(server, user));
  server.process().signal(SIGTERM);
  // It takes no more sockets once the first signal has come through.
  const auto deadline = Clock::now() + kPatience;
  try {
    while (Clock::now() < deadline && server.http().get("/readyz").status == 200) {
    }
  } catch (const std::runtime_error&) {
    // Nobody accepts any more: that is as good a sign.
  }
  server.process().signal(SIGTERM);
  CHECK_NOTHROW(server.process().wait(10s));
}

TEST_CASE("a restart keeps the epoch, and clients resume across it") {
  TestServer server({"shards=2", "gateway.drain_s=0"});
  const Room room = make_room(server, 2);
  WsClient reader = connect(server, room.users[1]);
  const auto seen = subscribe(reader, room.chat)["seq"].number();
  WsClient probe(server.port());
  probe.send(init_frame(room.users[1]));
  const auto epoch = probe.expect("connection.ready")["epoch"].text();
  WsClient sender = connect(server, room.users[0]);
  const auto seq = say(sender, room.chat, "1", "before the restart")["seq"].number();
  CHECK(server.terminate() == 0);
  server.start();
  WsClient back = connect(
      server, room.users[1],
      R"("epoch":")" + epoch + R"(","resume":{")" + room.chat + "\":" + std::to_string(seen) + "}");
  const Json missed = back.expect("message.new");
  CHECK(missed["seq"].number() == seq);
  CHECK(missed["content"]["text"].text() == "before the restart");
  CHECK(back.expect("subscribed")["recovered"].flag());
}

}  // namespace
}  // namespace kith::test
