// Frames and their answers: acks, errors, limits (PROTOCOL 3).
#include "tests/engine/cluster.h"

using namespace kith;
using namespace kith::test;

TEST_CASE("the sender's socket gets the ack in place of the event, everybody else the event") {
  Cluster cluster({.shards = 2});
  auto sender = cluster.follow(0, 0, cluster.chat());
  auto own_other = cluster.follow(0, 0, cluster.chat());
  auto there = cluster.follow(1, 1, cluster.chat());
  for (int i = 1; i <= 3; ++i) {
    const std::string number = std::to_string(i);
    sender->send(message_frame(cluster.chat(), "own" + number, "text", number));
    there->send(message_frame(cluster.chat(), "theirs" + number, "text", "t" + number));
  }
  cluster.settle();
  for (const auto* client : {&sender, &own_other, &there}) {
    Seq position = 0;
    for (const Json& frame : (*client)->all()) {
      CHECK(static_cast<Seq>(frame["seq"].number()) == ++position);
      const bool mine =
          frame["client_message_id"].text().starts_with(client == &there ? "theirs" : "own");
      const bool acked = mine && client != &own_other;
      CHECK(frame["type"].text() == (acked ? "ack" : "message.new"));
      if (acked) CHECK(frame["ack_token"].text() == "ack_" + frame["message_id"].text().substr(4));
    }
    CHECK(position == 6);
  }
}

TEST_CASE("a message right behind its subscribe is acked, whatever comes first") {
  for (const MemoryRequest late : {MemoryRequest::read, MemoryRequest::append}) {
    Cluster cluster;
    auto client = cluster.join(0, 0);
    client->types();
    cluster.storage->set_faults([late](MemoryRequest request) {
      return request == late ? MemoryFault::delay_answer : MemoryFault::none;
    });
    client->send(subscribe_frame(cluster.chat(), "1") + "\n" +
                 message_frame(cluster.chat(), "a", "text", "2"));
    for (int i = 0; i < 5; ++i) cluster.turn();
    cluster.storage->set_faults({});
    while (cluster.storage->release()) cluster.turn();
    cluster.settle();
    int acks = 0;
    int subscribed = 0;
    for (const Json& frame : client->all()) {
      if (frame["id"].text() == "2") ++acks;
      if (frame["id"].text() == "1") ++subscribed;
    }
    CHECK(acks == 1);
    CHECK(subscribed == 1);
  }
}

TEST_CASE("a message over HTTP is acked before the event on the sender's live sockets") {
  Cluster cluster({.shards = 2});
  auto same = cluster.follow(0, 0, cluster.chat());
  auto there = cluster.follow(1, 0, cluster.chat());
  auto other = cluster.follow(1, 1, cluster.chat());
  bool done = false;
  cluster.shard(0).engine.send(
      cluster.identity(0),
      {.chat = cluster.chat(), .client_message_id = "h", .content = text_content("text")},
      [&](Result<Appended> sent) { done = sent.ok(); });
  cluster.settle();
  CHECK(done);
  CHECK(same->types() == "ack message.new");
  CHECK(there->types() == "ack message.new");
  CHECK(other->types() == "message.new");
}

TEST_CASE("a retry is acked as a duplicate with the original's number, another content conflicts") {
  Cluster cluster({.shards = 2});
  auto first = cluster.follow(0, 0, cluster.chat());
  auto again = cluster.follow(1, 0, cluster.chat());
  first->send(message_frame(cluster.chat(), "a", "text", "1"));
  cluster.settle();
  const Json original = first->next("ack");
  again->types();
  again->send(message_frame(cluster.chat(), "a", "text", "2"));
  again->send(message_frame(cluster.chat(), "a", "other", "3"));
  cluster.settle();
  const Json duplicate = again->next();
  CHECK(duplicate["type"].text() == "ack");
  CHECK(duplicate["id"].text() == "2");
  CHECK(duplicate["duplicate"].flag());
  CHECK(duplicate["seq"].number() == original["seq"].number());
  CHECK(duplicate["message_id"].text() == original["message_id"].text());
  CHECK(duplicate["sent_at"].text() == original["sent_at"].text());
  const Json conflict = again->next();
  CHECK(conflict["code"].text() == "conflict");
  CHECK(conflict["id"].text() == "3");
  CHECK(conflict["client_message_id"].text() == "a");
  CHECK_FALSE(first->next().present());
  CHECK(cluster.log(cluster.chat()).size() == 1);
}

TEST_CASE("errors carry what the frame carried, and the socket lives on") {
  Cluster cluster;
  auto stranger = cluster.join(0, 3);
  stranger->types();
  stranger->send(message_frame(cluster.chat(), "a", "text", "1"));
  stranger->send(R"({"type":"message.new","id":"2","client_message_id":"b"})");
  stranger->send(R"({"type":"dance","id":"3"})");
  stranger->send(R"({"type":"connection.init","id":"4","token":"x"})");
  stranger->send(R"({"type":"history","id":"5","chat_id":")" + cluster.chat().text() +
                 R"(","limit":5})");
  stranger->send(R"({"type":"presence","id":"6","channel":")" + cluster.chat().text() + "\"}");
  stranger->send(R"({"type":"leaderboard","id":"7","channel":"board_00000000000000000000000000",)"
                 R"("limit":5})");
  stranger->send(R"({"type":"typing.start","id":"8","chat_id":")" + cluster.chat().text() + "\"}");
  cluster.settle();
  std::map<std::string, std::string> codes;
  for (const Json& frame : stranger->all()) {
    CHECK(frame["type"].text() == "error");
    CHECK(codes.emplace(frame["id"].text(), frame["code"].text()).second);
    if (frame["id"].text() == "1") CHECK(frame["client_message_id"].text() == "a");
    if (frame["id"].text() == "2") CHECK(frame["client_message_id"].text() == "b");
  }
  CHECK(codes == std::map<std::string, std::string>{{"1", "forbidden"},
                                                    {"2", "bad_request"},
                                                    {"3", "unknown_type"},
                                                    {"4", "bad_request"},
                                                    {"5", "forbidden"},
                                                    {"6", "forbidden"},
                                                    {"7", "not_found"},
                                                    {"8", "forbidden"}});
  CHECK(stranger->open);
}

TEST_CASE("several frames in one text count one by one, the good before a bad one stand") {
  Cluster cluster;
  auto client = cluster.follow(0, 0, cluster.chat());
  client->send(message_frame(cluster.chat(), "a", "one", "1") + "\n\r\n" +
               message_frame(cluster.chat(), "b", "two", "2") + "\nnot json");
  CHECK_FALSE(client->open);
  CHECK(client->close_code == CloseCode::not_this_protocol);
  cluster.settle();
  CHECK(cluster.log(cluster.chat()).size() == 2);
}

TEST_CASE("changes are acked in place; what changes nothing is a duplicate without a number") {
  Cluster cluster;
  auto sender = cluster.follow(0, 0, cluster.chat());
  auto other = cluster.follow(0, 1, cluster.chat());
  sender->send(message_frame(cluster.chat(), "a", "text", "1"));
  cluster.settle();
  const std::string about = R"(,"chat_id":")" + cluster.chat().text() + R"(","message_id":")" +
                            sender->next("ack")["message_id"].text() + "\"}";
  other->types();
  const auto send = [&](Client& client, const std::string& frame) {
    client.send(frame + about);
    cluster.settle();  // an answer that is no event does not wait for those that are
  };
  send(*other, R"({"type":"reaction.add","id":"1","emoji":"👍")");
  send(*other, R"({"type":"reaction.add","id":"2","emoji":"👍")");
  send(*other, R"({"type":"message.delete","id":"3")");
  send(*sender, R"({"type":"message.update","id":"4","content":{"type":"text","text":"b"})");
  send(*sender, R"({"type":"message.delete","id":"5")");
  send(*sender, R"({"type":"message.update","id":"6","content":{"type":"text","text":"c"})");
  Json answer = other->next();
  CHECK(answer["id"].text() == "1");
  CHECK(answer["seq"].number() == 2);
  answer = other->next();
  CHECK(answer["id"].text() == "2");
  CHECK(answer["duplicate"].flag());
  CHECK_FALSE(answer["seq"].present());
  CHECK(other->next()["code"].text() == "forbidden");
  CHECK(other->types() == "message.update message.delete");
  CHECK(sender->next("ack")["id"].text() == "4");
  CHECK(sender->next()["id"].text() == "5");
  CHECK(sender->next()["code"].text() == "conflict");
}

TEST_CASE("too many messages: rate_limited with a time, and after it they go") {
  ClusterOptions options;
  options.engine.messages_per_minute = 60;
  Cluster cluster(options);
  auto client = cluster.follow(0, 0, cluster.chat());
  for (int i = 0; i < 61; ++i) {
    client->send(message_frame(cluster.chat(), "m" + std::to_string(i), "text", "x"));
  }
  cluster.settle();
  const Json limited = client->next("error");
  CHECK(limited["code"].text() == "rate_limited");
  CHECK(limited["client_message_id"].text() == "m60");
  const auto wait = limited["retry_after_ms"].number();
  CHECK(wait > 0);
  CHECK(wait <= 1001);
  client->types();
  cluster.run(std::chrono::milliseconds(wait) + 10ms);
  client->send(message_frame(cluster.chat(), "m60", "text", "y"));
  cluster.settle();
  CHECK(client->next("ack")["id"].text() == "y");
}

TEST_CASE("the limit of messages holds over all shards together") {
  ClusterOptions options;
  options.shards = 3;
  options.engine.messages_per_minute = 100;
  Cluster cluster(options);
  cluster.turn();
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t shard = 0; shard < 3; ++shard) {
    clients.push_back(cluster.follow(shard, 0, cluster.chat()));
  }
  std::size_t acked = 0;
  for (int i = 0; i < 80; ++i) {
    for (std::size_t shard = 0; shard < 3; ++shard) {
      const std::string id = std::to_string(shard) + "-" + std::to_string(i);
      clients[shard]->send(message_frame(cluster.chat(), id, "text", id));
    }
    cluster.settle();
  }
  for (const auto& client : clients) {
    const std::string types = client->types();
    for (std::size_t at = types.find("ack"); at != std::string::npos; at = types.find("ack", at)) {
      at += 3;
      ++acked;
    }
  }
  CHECK(acked >= 100);
  CHECK(acked <= 100 + 2 * 2);  // what two shards have not told yet
}

TEST_CASE("over the commands in flight a socket is not read, and frames read already wait") {
  ClusterOptions options;
  options.engine.messages_per_minute = 0;
  Cluster cluster(options);
  auto client = cluster.follow(0, 0, cluster.chat());
  cluster.storage->set_faults([](MemoryRequest request) {
    return request == MemoryRequest::append ? MemoryFault::delay_commit : MemoryFault::none;
  });
  std::string frames;
  for (int i = 0; i < 300; ++i) {
    const std::string number = std::to_string(i);
    frames += message_frame(cluster.chat(), "m" + number, "text", number) + "\n";
  }
  client->send(frames);
  cluster.settle();
  CHECK_FALSE(client->reading);
  CHECK(client->inbox.empty());
  cluster.storage->set_faults({});
  while (cluster.storage->release()) {
  }
  cluster.settle();
  CHECK(client->reading);
  for (int i = 0; i < 300; ++i) CHECK(client->next()["id"].text() == std::to_string(i));
}

TEST_CASE("a flood of history is answered without piling up for one who does not read") {
  Cluster cluster;
  for (int i = 0; i < 60; ++i) {
    cluster.append_elsewhere(0, cluster.chat(), std::string(5000, 'x'));
  }
  auto client = cluster.join(0, 0);
  client->bytes_per_turn = 0;
  std::string frames;
  for (int i = 0; i < 300; ++i) {
    frames += R"({"type":"history","id":")" + std::to_string(i) + R"(","limit":200,"chat_id":")" +
              cluster.chat().text() + "\"}\n";
  }
  client->send(frames);
  cluster.run(2s);
  CHECK_FALSE(client->reading);
  CHECK(client->queued_bytes() < 2 * limits::kOutboundBytesMax);
  client->bytes_per_turn = Client::kUnlimited;
  cluster.run(5s);
  std::size_t answers = 0;
  while (client->next("history").present()) ++answers;
  CHECK(answers == 300);
  CHECK(client->reading);
}
