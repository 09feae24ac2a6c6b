// One who does not read costs nobody but themselves, and loses nothing (PROTOCOL section 6).
#include "tests/support/await.h"
#include "tests/support/sanitized.h"
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

constexpr int kFlood = 120;
constexpr std::size_t kBytes = 50'000;  // 6 MB in all: far above the budget and every buffer

WsClient slow_socket(const TestServer& server, const User& user, const std::string& chat) {
  WsClient socket(server.port(), {.receive_buffer_bytes = 4096});
  socket.send(init_frame(user));
  socket.expect("connection.ready");
  socket.expect("subscribed");
  REQUIRE(subscribe(socket, chat)["type"].text() == "subscribed");
  return socket;
}

std::int64_t flood(WsClient& sender, WsClient& reader, const std::string& chat) {
  const std::string text(kBytes, 'x');
  std::int64_t first = 0;
  for (int i = 0; i < kFlood; ++i) {
    const auto seq = say(sender, chat, std::to_string(i), text)["seq"].number();
    if (i == 0) first = seq;
    CHECK(reader.expect("message.new")["seq"].number() == seq);
  }
  return first;
}

KITH_ON_SHARDS("a reader that stops is caught up without a loss when it reads again") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 3);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient reader = connect_to(server, room.users[1], {room.chat});
  WsClient slow = slow_socket(server, room.users[2], room.chat);
  const auto begun = Clock::now();
  const auto first = flood(sender, reader, room.chat);
  // The others did not wait for it: the whole flood takes a fraction of any timeout.
  CHECK(Clock::now() - begun < 20s);
  for (int i = 0; i < kFlood; ++i) {
    CHECK(slow.wait_for("message.new")["seq"].number() == first + i);
  }
  // And then it is live again.
  const auto live = say(sender, room.chat, "live", "x")["seq"].number();
  CHECK(slow.wait_for("message.new")["seq"].number() == live);
  CHECK(slow.fence().empty());
}

KITH_ON_SHARDS("while it is behind, what is sent meanwhile arrives once and in order") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 3);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient reader = connect_to(server, room.users[1], {room.chat});
  WsClient slow = slow_socket(server, room.users[2], room.chat);
  auto expected = flood(sender, reader, room.chat);
  const std::string text(kBytes, 'y');
  for (int i = 0; i < kFlood; ++i) {
    CHECK(slow.wait_for("message.new")["seq"].number() == expected++);
    if (i % 3 == 0) say(sender, room.chat, "more-" + std::to_string(i), text);
  }
  for (int i = 0; i < kFlood / 3; ++i) {
    CHECK(slow.wait_for("message.new")["seq"].number() == expected++);
  }
  CHECK(slow.fence().empty());
}

KITH_ON_SHARDS("who is removed while behind is caught up to that number and no further") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 3);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient reader = connect_to(server, room.users[1], {room.chat});
  WsClient slow = slow_socket(server, room.users[2], room.chat);
  auto expected = flood(sender, reader, room.chat);
  CHECK(
      server.http()
              .del("/chats/" + room.chat + "/participants/" + room.users[2].id, room.users[0].token)
              .status /
          100 ==
      2);
  const auto leave = reader.wait_for("participant.leave")["seq"].number();
  for (int i = 0; i < 20; ++i) say(sender, room.chat, "secret-" + std::to_string(i), "x");
  bool told = false;
  for (;;) {
    const Json frame = slow.next();
    if (frame["type"].text() == "unsubscribed") {
      told = frame["channel"].text() == room.chat && frame["code"].text() == "forbidden";
      break;
    }
    if (frame["chat_id"].text() != room.chat || !frame["seq"].present()) continue;
    CHECK(frame["seq"].number() == expected++);
    CHECK(frame["seq"].number() <= leave);
  }
  CHECK(told);
  for (const Json& late : slow.fence()) CHECK(late["chat_id"].text() != room.chat);
}

KITH_ON_SHARDS("one who sends while behind has each message answered, and counts none twice") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 3);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient reader = connect_to(server, room.users[1], {room.chat});
  WsClient slow = slow_socket(server, room.users[2], room.chat);
  const auto first = flood(sender, reader, room.chat);
  constexpr int kOwn = 30;
  for (int i = 0; i < kOwn; ++i) slow.send(message(room.chat, "own-" + std::to_string(i), "x"));
  // PROTOCOL section 2: the position moves by 1 along the stream; an ack outside of it does not
  // move it, and then the message comes as an event too.
  auto position = first - 1;
  int acks = 0;
  while (acks < kOwn || position < first + kFlood + kOwn - 1) {
    const Json frame = slow.next();
    const auto seq = frame["seq"].number();
    if (frame["type"].text() == "ack") {
      ++acks;
      if (seq == position + 1) position = seq;
    } else if (frame["type"].text() == "message.new" && seq > position) {
      CHECK(seq == ++position);
    }
  }
  CHECK(acks == kOwn);
  CHECK(position == first + kFlood + kOwn - 1);
}

std::int64_t resident_kib(TestServer& server) {
  const auto path = "/proc/" + std::to_string(server.process().id()) + "/status";
  const std::string status = read_file(path);
  return std::stoll(status.substr(status.find("VmRSS:") + 6));
}

TEST_CASE("the memory that stopped readers cost is bounded by their budget") {
  TestServer server({"shards=1", "limits.messages_per_minute=0"});
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  std::vector<WsClient> stopped;
  for (int i = 0; i < 20; ++i) stopped.push_back(slow_socket(server, room.users[1], room.chat));
  const std::string text(kBytes, 'x');
  say(sender, room.chat, "first", text);
  const auto before = resident_kib(server);
  for (int i = 0; i < kFlood; ++i) say(sender, room.chat, std::to_string(i), text);
  // 20 budgets of 1 MiB, and what everything else takes; unbounded it would be 120 MB.
  CHECK(resident_kib(server) - before < (kSanitized ? 90 : 60) * 1024);
  for (WsClient& socket : stopped) socket.abort();
  CHECK(sender.fence().empty());
}

TEST_CASE("who takes nothing at all for 30 s is closed with 4008") {
  const TestServer& server = shared_server<OneShard>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient slow = slow_socket(server, room.users[1], room.chat);
  const std::string text(kBytes, 'x');
  for (int i = 0; i < kFlood; ++i) say(sender, room.chat, std::to_string(i), text);
  // Presence tells when the server has let go of it: the grace time comes on top.
  const auto closed = [&] {  // of several nodes one says so
    return server.http()
               .get("/metrics")
               .body.find("kith_websocket_closes_total{code=\"4008\"} 1\n") != std::string::npos;
  };
  const auto begun = Clock::now();
  CHECK(await_condition(begun + 60s, 100ms, closed));
  CHECK(Clock::now() - begun > 25s);
  CHECK(sender.fence().empty());
}

}  // namespace
}  // namespace kith::test
