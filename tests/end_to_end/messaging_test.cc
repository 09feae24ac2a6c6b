// Sending: ack, order, repeats, and who may (PROTOCOL sections 1, 3 and 4).
#include <cstdlib>

#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

KITH_ON_SHARDS("the sender gets the ack in place of the event, everybody else the event") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient own_other = connect_to(server, room.users[0], {room.chat});
  WsClient receiver = connect_to(server, room.users[1], {room.chat});

  sender.send(R"({"id":"17",)" + message(room.chat, "tmp-1", "hello").substr(1));
  const Json ack = sender.expect("ack");
  CHECK(ack["id"].text() == "17");
  CHECK(ack["chat_id"].text() == room.chat);
  CHECK(ack["client_message_id"].text() == "tmp-1");
  CHECK(ack["message_id"].text().starts_with("msg_"));
  CHECK(ack["ack_token"].text() == "ack_" + ack["message_id"].text().substr(4));
  CHECK(ack["sent_at"].text().size() == 24);
  CHECK_FALSE(ack["duplicate"].flag());

  for (WsClient* other : {&own_other, &receiver}) {
    const Json event = other->expect("message.new");
    CHECK(event["chat_id"].text() == room.chat);
    CHECK(event["seq"].number() == ack["seq"].number());
    CHECK(event["message_id"].text() == ack["message_id"].text());
    CHECK(event["client_message_id"].text() == "tmp-1");
    CHECK(event["sender_id"].text() == room.users[0].id);
    CHECK(event["content"].dump() == R"({"type":"text","text":"hello"})");
    CHECK(event["sent_at"].text() == ack["sent_at"].text());
    CHECK_FALSE(event["reply_to"].present());
  }
  CHECK(sender.fence().empty());
}

KITH_ON_SHARDS("numbers rise by one, and everybody sees the same order") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 3);
  std::vector<WsClient> sockets;
  for (const User& user : room.users) sockets.push_back(connect_to(server, user, {room.chat}));
  constexpr int kEach = 50;
  for (int i = 0; i < kEach; ++i) {
    for (std::size_t who = 0; who < sockets.size(); ++who) {
      sockets[who].send(message(room.chat, std::to_string(who) + "-" + std::to_string(i), "x"));
    }
  }
  std::vector<std::vector<std::string>> orders(sockets.size());
  for (std::size_t who = 0; who < sockets.size(); ++who) {
    std::int64_t before = -1;
    for (std::size_t i = 0; i < kEach * sockets.size(); ++i) {
      const Json frame = sockets[who].next();
      const auto seq = frame["seq"].number();
      if (before >= 0) CHECK(seq == before + 1);
      before = seq;
      orders[who].push_back(frame["message_id"].text());
    }
    CHECK(sockets[who].fence().empty());
  }
  CHECK(orders[0] == orders[1]);
  CHECK(orders[0] == orders[2]);
}

KITH_ON_SHARDS(
    "a repeat is answered with the original, also after an edit; other content is a "
    "conflict") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient other = connect_to(server, room.users[0], {room.chat});
  const Json first = say(sender, room.chat, "tmp-1", "hello");
  other.expect("message.new");
  auto check_duplicate = [&](WsClient& socket) {
    const Json again = say(socket, room.chat, "tmp-1", "hello");
    CHECK(again["duplicate"].flag());
    CHECK(again["message_id"].text() == first["message_id"].text());
    CHECK(again["seq"].number() == first["seq"].number());
    CHECK(again["sent_at"].text() == first["sent_at"].text());
  };
  check_duplicate(sender);
  check_duplicate(other);
  sender.ask(about("message.update", room.chat, first["message_id"].text(),
                   R"("content":{"type":"text","text":"edited"})"));
  other.expect("message.update");
  check_duplicate(other);
  const Json conflict = other.ask(message(room.chat, "tmp-1", "something else"));
  CHECK(conflict["type"].text() == "error");
  CHECK(conflict["code"].text() == "conflict");
  CHECK(conflict["client_message_id"].text() == "tmp-1");
  // The same client id is another's own business.
  WsClient second = connect_to(server, room.users[1], {room.chat});
  CHECK_FALSE(say(second, room.chat, "tmp-1", "mine")["duplicate"].flag());
}

KITH_ON_SHARDS("the same message sent many times at once is stored once") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient receiver = connect_to(server, room.users[1], {room.chat});
  std::vector<WsClient> senders;
  for (int i = 0; i < 4; ++i) senders.push_back(connect(server, room.users[0]));
  for (int round = 0; round < 10; ++round) {
    for (WsClient& sender : senders) {
      sender.send(message(room.chat, "same-" + std::to_string(round), "once"));
    }
  }
  for (int round = 0; round < 10; ++round) {
    std::string id;
    for (WsClient& sender : senders) {
      const Json ack = sender.expect("ack");
      if (id.empty()) id = ack["message_id"].text();
      CHECK(ack["message_id"].text() == id);
      CHECK(ack["client_message_id"].text() == "same-" + std::to_string(round));
    }
    CHECK(receiver.expect("message.new")["message_id"].text() == id);
  }
  CHECK(receiver.fence().empty());
}

TEST_CASE("a chat that one is not in is answered alike whether or not it exists") {
  const TestServer& server = shared_server<OneShard>();
  const Room room = make_room(server, 1);
  WsClient stranger = connect(server, server.sign_up());
  for (const std::string& chat : {room.chat, std::string("chat_00000000000000000000000000")}) {
    const Json sent = stranger.ask(message(chat, "tmp-9", "let me in"));
    CHECK(sent["type"].text() == "error");
    CHECK(sent["code"].text() == "forbidden");
    CHECK(sent["client_message_id"].text() == "tmp-9");
    CHECK(subscribe(stranger, chat)["code"].text() == "forbidden");
    CHECK(stranger.ask(R"({"type":"history","chat_id":")" + chat + R"("})")["code"].text() ==
          "forbidden");
  }
}

TEST_CASE("content is checked: text unless attachments, nothing odd, bounded ids") {
  const TestServer& server = shared_server<OneShard>();
  const Room room = make_room(server, 1);
  WsClient socket = connect_to(server, room.users[0], {room.chat});
  auto code = [&](std::string_view id, std::string_view content) {
    const Json answer = socket.ask(R"({"type":"message.new","chat_id":")" + room.chat +
                                   R"(","client_message_id":")" + std::string(id) +
                                   R"(","content":)" + std::string(content) + "}");
    return answer["type"].text() == "ack" ? "ack" : answer["code"].text();
  };
  CHECK(code("1", R"({"type":"text","text":""})") == "bad_request");
  CHECK(code("2", R"({"type":"tombstone"})") == "bad_request");
  CHECK(code("3", R"({"type":"text","text":7})") == "bad_request");
  CHECK(code("4", R"("hello")") == "bad_request");
  CHECK(code("5", R"({"type":"text","text":"a\u0000b"})") == "bad_request");
  CHECK(code("", R"({"type":"text","text":"x"})") == "bad_request");
  CHECK(code(std::string(65, 'x'), R"({"type":"text","text":"x"})") == "bad_request");
  CHECK(code(std::string(64, 'x'), R"({"type":"text","text":"x"})") == "ack");
  CHECK(code("6", R"({"type":"text","text":"","attachments":[{"media_id":"med_456"}]})") == "ack");
  CHECK(code("7", R"({"type":"text","text":"\"\\\n\t\u001f 👩‍👩‍👧"})") == "ack");
  CHECK(code("8", R"({"type":"text","text":")" + std::string(60'000, 'y') + R"("})") == "ack");
  const Json history = socket.ask(R"({"type":"history","chat_id":")" + room.chat + R"("})");
  CHECK(history["messages"][2]["content"]["text"].text() == "\"\\\n\t\x1f 👩‍👩‍👧");
  CHECK(history["messages"][1]["content"]["attachments"][0]["media_id"].text() == "med_456");
}

TEST_CASE("too fast is rate_limited, with a time to wait that is the truth") {
  const TestServer server({"shards=1", "limits.messages_per_minute=60"});
  const Room room = make_room(server, 1);
  WsClient socket = connect_to(server, room.users[0], {room.chat});
  Json error;
  int acked = 0;
  for (int i = 0; i < 70 && !error.present(); ++i) {
    const Json answer = socket.ask(message(room.chat, "m" + std::to_string(i), "x"));
    if (answer["type"].text() == "ack") {
      ++acked;
    } else {
      error = answer;
    }
  }
  CHECK(acked >= 60);
  CHECK(error["code"].text() == "rate_limited");
  CHECK(error["client_message_id"].text() == "m" + std::to_string(acked));
  CHECK(error["retry_after_ms"].number() > 0);
  CHECK(error["retry_after_ms"].number() <= 1000);
  // HTTP draws on the same budget, where it comes to the same shard: each has its own.
  const bool one_shard = std::getenv("KITH_TEST_SHARDS") == nullptr;
  const auto response = server.post("/chats/" + room.chat + "/messages",
                                    R"({"client_message_id":"h","sender_id":")" + room.users[0].id +
                                        R"(","content":{"type":"text","text":"x"}})",
                                    room.users[0]);
  if (one_shard) {
    CHECK(response.status == 429);
    CHECK(std::stoi("0" + response.header("retry-after")) >= 1);
  }
  // "Nothing" cannot be awaited: the time that was told is what is under test.
  const auto until = Clock::now() + std::chrono::milliseconds(error["retry_after_ms"].number());
  while (Clock::now() < until) socket.fence();
  CHECK(say(socket, room.chat, "later", "x")["seq"].number() > 0);
}

KITH_ON_SHARDS("what is sent over HTTP is acked on the sender's sockets before the event") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient own = connect_to(server, room.users[0], {room.chat});
  WsClient receiver = connect_to(server, room.users[1], {room.chat});
  const auto response =
      server.post("/chats/" + room.chat + "/messages",
                  R"({"client_message_id":"tmp-1","sender_id":")" + room.users[0].id +
                      R"(","content":{"type":"text","text":"by HTTP"}})",
                  room.users[0]);
  REQUIRE(response.status == 202);
  const auto id = response.json()["message_id"].text();
  const Json ack = own.expect("ack");
  CHECK(ack["message_id"].text() == id);
  CHECK(ack["client_message_id"].text() == "tmp-1");
  CHECK(ack["ack_token"].text() == response.json()["ack_token"].text());
  CHECK(own.expect("message.new")["message_id"].text() == id);
  CHECK(receiver.expect("message.new")["message_id"].text() == id);
}

}  // namespace
}  // namespace kith::test
