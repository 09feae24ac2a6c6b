// What becomes of a message: replies, edits, deletion, reactions, history (PROTOCOL 3 and 4).
#include "tests/support/shared_server.h"

namespace kith::test {
namespace {

KITH_ON_SHARDS("replies name what they answer, in the same chat only") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  const std::string elsewhere = server.group(room.users[0], {});
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient receiver = connect_to(server, room.users[1], {room.chat});
  const auto first = say(sender, room.chat, "1", "question")["message_id"].text();
  receiver.expect("message.new");
  const std::string reply_to = R"("reply_to":")" + first + '"';
  CHECK(sender.ask(message(room.chat, "2", "answer", reply_to))["type"].text() == "ack");
  CHECK(receiver.expect("message.new")["reply_to"].text() == first);
  CHECK(sender.ask(message(elsewhere, "3", "answer", reply_to))["code"].text() == "not_found");
}

KITH_ON_SHARDS("an edit reaches everybody and replaces the content in history") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient sender = connect_to(server, room.users[0], {room.chat});
  WsClient receiver = connect_to(server, room.users[1], {room.chat});
  const auto id = say(sender, room.chat, "1", "befor")["message_id"].text();
  receiver.expect("message.new");
  constexpr const char* kContent = R"("content":{"type":"text","text":"before"})";
  CHECK(receiver.ask(about("message.update", room.chat, id, kContent))["code"].text() ==
        "forbidden");
  const Json ack = sender.ask(about("message.update", room.chat, id, kContent));
  CHECK(ack["type"].text() == "ack");
  const Json event = receiver.expect("message.update");
  CHECK(event["seq"].number() == ack["seq"].number());
  CHECK(event["message_id"].text() == id);
  CHECK(event["content"]["text"].text() == "before");
  CHECK(event["edited_at"].text().size() == 24);
  CHECK(sender.fence().empty());  // the ack stood in place of the event
  const Json history =
      receiver.ask(R"({"type":"history","chat_id":")" + room.chat + R"(","limit":10})");
  REQUIRE(history["messages"].size() == 1);
  CHECK(history["messages"][0]["content"]["text"].text() == "before");
  CHECK(history["messages"][0]["edited_at"].is_string());
}

KITH_ON_SHARDS("deleted means gone: event, history and replay show a tombstone") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 3);
  WsClient owner = connect_to(server, room.users[0], {room.chat});
  WsClient sender = connect_to(server, room.users[1], {room.chat});
  WsClient receiver = connect_to(server, room.users[2], {room.chat});
  const Json sent = say(sender, room.chat, "1", "secret words");
  const auto id = sent["message_id"].text();
  owner.expect("message.new");
  receiver.expect("message.new");
  CHECK(receiver.ask(about("message.delete", room.chat, id))["code"].text() == "forbidden");
  CHECK(owner.ask(about("message.delete", room.chat, id))["type"].text() == "ack");
  const Json event = receiver.expect("message.delete");
  CHECK(event["message_id"].text() == id);
  CHECK(event["moderator_id"].text() == room.users[0].id);
  CHECK(event["deleted_at"].is_string());

  CHECK(sender
            .ask(about("message.update", room.chat, id,
                       R"("content":{"type":"text","text":"back"})"))["code"]
            .text() == "conflict");
  CHECK(sender.ask(about("reaction.add", room.chat, id, R"("emoji":"👍")"))["code"].text() ==
        "conflict");
  const Json history = receiver.ask(R"({"type":"history","chat_id":")" + room.chat + R"("})");
  CHECK(history["messages"][0]["content"].dump() == R"({"type":"tombstone"})");
  CHECK(history["messages"][0]["deleted_at"].is_string());
  CHECK(history["messages"][0]["seq"].number() == sent["seq"].number());

  WsClient late = connect(server, room.users[2]);
  late.send(R"({"type":"subscribe","id":"s","channel":")" + room.chat + R"(","after_seq":)" +
            std::to_string(sent["seq"].number() - 1) + "}");
  CHECK(late.expect("message.new")["content"].dump() == R"({"type":"tombstone"})");
  CHECK(late.expect("message.delete")["message_id"].text() == id);
  CHECK(late.expect("subscribed")["recovered"].flag());
  CHECK(say(sender, room.chat, "1", "secret words")["duplicate"].flag());
  CHECK(server.log().find("secret words") == std::string::npos);
}

KITH_ON_SHARDS("reactions count users; what changes nothing is acked as a duplicate without seq") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 2);
  WsClient one = connect_to(server, room.users[0], {room.chat});
  WsClient two = connect_to(server, room.users[1], {room.chat});
  const auto id = say(one, room.chat, "1", "hi")["message_id"].text();
  two.expect("message.new");
  const auto add = about("reaction.add", room.chat, id, R"("emoji":"👍")");
  const Json ack = two.ask(add);
  CHECK(ack["type"].text() == "ack");
  CHECK(ack["seq"].number() > 0);
  const Json event = one.expect("reaction.add");
  CHECK(event["user_id"].text() == room.users[1].id);
  CHECK(event["emoji"].text() == "👍");
  CHECK(event["seq"].number() == ack["seq"].number());
  const Json again = two.ask(add);
  CHECK(again["duplicate"].flag());
  CHECK_FALSE(again["seq"].present());
  one.ask(add);
  const Json history = one.ask(R"({"type":"history","chat_id":")" + room.chat + R"("})");
  CHECK(history["messages"][0]["reactions"].dump() == R"([{"emoji":"👍","count":2,"me":true}])");
  CHECK(two.ask(about("reaction.remove", room.chat, id, R"("emoji":"👍")"))["seq"].number() > 0);
  CHECK(one.wait_for("reaction.remove")["user_id"].text() == room.users[1].id);
  CHECK(two.ask(about("reaction.remove", room.chat, id, R"("emoji":"👍")"))["duplicate"].flag());
}

KITH_ON_SHARDS("history pages back to the beginning and forward to the end") {
  const TestServer& server = shared_server<Shards>();
  const Room room = make_room(server, 1);
  WsClient socket = connect_to(server, room.users[0], {room.chat});
  std::vector<std::int64_t> sent;
  for (int i = 0; i < 25; ++i) {
    sent.push_back(say(socket, room.chat, std::to_string(i), "x")["seq"].number());
  }
  auto page = [&](const std::string& more) {
    return socket.ask(R"({"type":"history","chat_id":")" + room.chat + R"(","limit":10)" + more +
                      "}");
  };
  std::vector<std::int64_t> back;
  std::string before;
  for (;;) {
    const Json answer = page(before);
    std::vector<std::int64_t> seqs;
    for (std::size_t i = 0; i < answer["messages"].size(); ++i) {
      seqs.push_back(answer["messages"][i]["seq"].number());
    }
    back.insert(back.begin(), seqs.begin(), seqs.end());
    if (answer["next_before_seq"].is_null()) break;
    before = R"(,"before_seq":)" + std::to_string(answer["next_before_seq"].number());
  }
  CHECK(back == sent);
  const Json after = page(R"(,"after_seq":)" + std::to_string(sent[19]));
  CHECK(after["messages"].size() == 5);
  CHECK(after["messages"][0]["seq"].number() == sent[20]);
}

}  // namespace
}  // namespace kith::test
