// When the bus, the store or the node is ill (ARCHITECTURE 2.5, I8), and that it is all the same
// the second time (ARCHITECTURE 2.7).
#include "tests/engine/cluster.h"

using namespace kith;
using namespace kith::test;

TEST_CASE("the last message, lost on the bus, comes within about a second") {
  Cluster cluster({.shards = 2});
  auto sender = cluster.follow(0, 0, cluster.chat());
  auto other = cluster.follow(1, 1, cluster.chat());
  cluster.run(3s);
  cluster.hub.faults.lose = 1000;
  for (int i = 1; i <= 5; ++i) {
    sender->send(message_frame(cluster.chat(), "m" + std::to_string(i), "text"));
    cluster.settle();
    CHECK_FALSE(other->next().present());
    cluster.run(1300ms);
    CHECK(other->next()["seq"].number() == i);
  }
  CHECK(cluster.shard(1).engine.counters().heads_healed == 5);
}

TEST_CASE(
    "when the bus works again, what it has lost meanwhile comes without waiting for the look") {
  for (const bool told : {false, true}) {
    Cluster cluster({.shards = 2});
    auto sender = cluster.follow(0, 0, cluster.chat());
    auto other = cluster.follow(1, 1, cluster.chat());
    cluster.run(3s);
    cluster.run(100ms);  // the next look is far off
    cluster.hub.faults.lose = 1000;
    sender->send(message_frame(cluster.chat(), "lost", "text"));
    cluster.settle();
    if (told) cluster.shard(1).engine.on_bus_healed();
    cluster.run(400ms);
    CHECK(other->next().present() == told);
  }
}

TEST_CASE("also where it is lost while the channel is being opened") {
  Cluster cluster({.shards = 2});
  cluster.run(1500ms);
  auto client = cluster.join(1, 1);
  client->types();
  // The answer that opens the channel is held back; meanwhile a message is committed, and the bus
  // knows nothing of it.
  bool held = false;
  cluster.storage->set_faults([&](MemoryRequest request) {
    if (request != MemoryRequest::read || held) return MemoryFault::none;
    held = true;
    return MemoryFault::delay_answer;
  });
  client->send(subscribe_frame(cluster.chat(), "1"));
  cluster.turn();
  cluster.append_elsewhere(0, cluster.chat(), "lost");
  cluster.run(1500ms);
  cluster.storage->set_faults({});
  while (cluster.storage->release()) {
  }
  cluster.run(1500ms);
  const Json told = client->next();
  CHECK(told["type"].text() == "subscribed");
  if (told["seq"].number() == 0) CHECK(client->next("message.new")["seq"].number() == 1);
}

TEST_CASE("a hole is healed at once where the bus is known to be ill, else after a moment") {
  for (const bool ill : {false, true}) {
    Cluster cluster({.shards = 2});
    auto sender = cluster.follow(0, 0, cluster.chat());
    auto other = cluster.follow(1, 1, cluster.chat());
    cluster.hub.ill = ill;
    cluster.hub.faults.lose = 1000;
    sender->send(message_frame(cluster.chat(), "lost", "text"));
    cluster.settle();
    cluster.hub.faults = {};
    sender->send(message_frame(cluster.chat(), "second", "text"));
    cluster.settle();
    if (!ill) {
      CHECK_FALSE(other->next().present());
      cluster.run(120ms);
    }
    CHECK(other->types() == "message.new message.new");
    CHECK(cluster.shard(1).engine.counters().backfills == 1);
  }
}

TEST_CASE("while a hole is read from a store that hangs the shard sleeps, and then it goes on") {
  Cluster cluster({.shards = 2});
  auto sender = cluster.follow(0, 0, cluster.chat());
  auto other = cluster.follow(1, 1, cluster.chat());
  cluster.hub.faults.lose = 1000;
  sender->send(message_frame(cluster.chat(), "lost", "text"));
  cluster.settle();
  cluster.hub.faults = {};
  cluster.storage->set_faults([](MemoryRequest request) {
    return request == MemoryRequest::read ? MemoryFault::delay_commit : MemoryFault::none;
  });
  for (int i = 0; i < 20; ++i) {  // Cluster::turn() requires that no deadline stays in the past
    sender->send(message_frame(cluster.chat(), "m" + std::to_string(i), "text"));
    cluster.run(100ms);
  }
  CHECK_FALSE(other->next().present());
  cluster.storage->set_faults({});
  while (cluster.storage->release()) {
  }
  cluster.run(2s);
  for (int i = 1; i <= 21; ++i) CHECK(other->next()["seq"].number() == i);
}

TEST_CASE("a store that refuses is answered unavailable; when it is back, so is the service") {
  Cluster cluster({.shards = 2});
  auto client = cluster.follow(0, 0, cluster.chat());
  auto other = cluster.follow(1, 1, cluster.chat());
  cluster.storage->set_faults([](MemoryRequest) { return MemoryFault::refuse; });
  client->send(message_frame(cluster.chat(), "a", "text", "1"));
  client->send(subscribe_frame(cluster.chat(), "2"));
  client->send(R"({"type":"history","id":"3","limit":5,"chat_id":")" + cluster.chat().text() +
               "\"}");
  cluster.settle();
  int unavailable = 0;
  for (const Json& frame : client->all()) unavailable += frame["code"].text() == "unavailable";
  CHECK(unavailable == 3);
  auto newcomer = cluster.join(0, 2);
  CHECK_FALSE(newcomer->open);
  CHECK(newcomer->close_code == CloseCode::over_capacity);
  cluster.run(3s);
  cluster.storage->set_faults({});
  client->send(message_frame(cluster.chat(), "a", "text", "4"));
  cluster.settle();
  client->send(subscribe_frame(cluster.chat(), "5", 0));
  cluster.settle();
  const std::string types = client->types();
  CHECK(types.find("ack") != std::string::npos);
  CHECK(types.find("subscribed@1") != std::string::npos);
  CHECK(other->next()["seq"].number() == 1);
}

TEST_CASE(
    "an answer that was lost after the commit: the retry is the same message, and all see it") {
  Cluster cluster({.shards = 2});
  auto client = cluster.follow(0, 0, cluster.chat());
  auto other = cluster.follow(1, 1, cluster.chat());
  cluster.run(2s);
  cluster.storage->set_faults([](MemoryRequest request) {
    return request == MemoryRequest::append ? MemoryFault::lose_answer : MemoryFault::none;
  });
  client->send(message_frame(cluster.chat(), "a", "text", "1"));
  cluster.settle();
  CHECK(client->next()["code"].text() == "unavailable");
  cluster.storage->set_faults({});
  client->send(message_frame(cluster.chat(), "a", "text", "2"));
  cluster.settle();
  const Json ack = client->next("ack");
  CHECK(ack["duplicate"].flag());
  CHECK(ack["seq"].number() == 1);
  cluster.run(1500ms);
  CHECK(other->types() == "message.new");
  CHECK(client->types() == "message.new");  // the ack was no part of the stream
}

TEST_CASE("a drain answers what is in flight, spreads the rest, and turns newcomers away") {
  Cluster cluster;
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 20; ++i) idle.push_back(cluster.join(0, 1));
  auto busy = cluster.follow(0, 0, cluster.chat());
  cluster.storage->set_faults([](MemoryRequest request) {
    return request == MemoryRequest::append ? MemoryFault::delay_commit : MemoryFault::none;
  });
  for (int i = 0; i < 100; ++i) {
    busy->send(message_frame(cluster.chat(), "m" + std::to_string(i), "text", std::to_string(i)));
  }
  cluster.turn();
  cluster.shard(0).engine.drain(1000ms);
  cluster.run(500ms);
  std::size_t gone = 0;
  for (const auto& client : idle) gone += client->open ? 0U : 1U;
  CHECK(gone > 3);
  CHECK(gone < 17);
  cluster.run(800ms);
  for (const auto& client : idle) {
    CHECK_FALSE(client->open);
    CHECK(client->close_code == CloseCode::draining);
  }
  CHECK(busy->open);
  CHECK_FALSE(busy->reading);
  cluster.storage->set_faults({});
  while (cluster.storage->release()) {
  }
  cluster.run(100ms);
  CHECK_FALSE(busy->open);
  for (int i = 0; i < 100; ++i) CHECK(busy->next("ack")["id"].text() == std::to_string(i));
  const Json closing = busy->next();
  CHECK(closing["code"].number() == 4001);
  CHECK(closing["reconnect"].flag());
  CHECK(closing["retry_after_ms"].number() > 0);
  auto late = cluster.connect(0);
  CHECK_FALSE(late->open);
  CHECK(cluster.shard(0).engine.sessions() == 0);
}

TEST_CASE("the same calls with the same seed give the same bytes") {
  const auto live = [] {
    Cluster cluster({.shards = 2, .users = 6, .rooms = 2, .members = 5, .seed = 42});
    cluster.hub.faults = {.lose = 100, .repeat = 100, .delay = 300};
    std::vector<std::unique_ptr<Client>> clients;
    for (std::size_t i = 0; i < 6; ++i) {
      clients.push_back(cluster.join(i % 2, i % 5, R"(,"follow":["chats"])"));
    }
    for (int i = 0; i < 60; ++i) {
      Client& client = *clients[static_cast<std::size_t>(i) % 6];
      const ChatId chat = cluster.chat(static_cast<std::size_t>(i / 7) % 2);
      client.send(message_frame(chat, "m" + std::to_string(i), "text", std::to_string(i)));
      client.send(R"({"type":"typing.start","chat_id":")" + chat.text() + "\"}");
      cluster.run(30ms);
    }
    cluster.shard(0).engine.drain(500ms);
    cluster.run(2s);
    std::string bytes;
    for (const auto& client : clients) bytes += client->transcript;
    return bytes;
  };
  const std::string once = live();
  CHECK(once.size() > 10'000);
  CHECK(live() == once);
}

TEST_CASE("who resumes on a shard that has not heard of a deletion yet sees the tombstone") {
  Cluster cluster({.shards = 2});
  auto here = cluster.follow(0, 0, cluster.chat());
  auto there = cluster.follow(1, 1, cluster.chat());
  here->send(message_frame(cluster.chat(), "a", "to be deleted", "send"));
  cluster.settle();
  const std::string message = here->next("ack")["message_id"].text();
  REQUIRE(there->next("message.new")["seq"].number() == 1);
  cluster.hub.faults.lose = 1000;
  here->send(R"({"type":"message.delete","id":"delete","chat_id":")" + cluster.chat().text() +
             R"(","message_id":")" + message + "\"}");
  cluster.settle();
  REQUIRE(here->next("ack")["seq"].number() == 2);
  auto back = cluster.join(1, 2);
  back->types();
  back->send(subscribe_frame(cluster.chat(), "back", 0));
  cluster.settle();
  const Json replayed = back->next("message.new");
  CHECK(replayed["seq"].number() == 1);
  CHECK(replayed["content"]["type"].text() == "tombstone");
  // The second one comes while the first one's page is the window.
  auto second = cluster.join(1, 2);
  second->types();
  second->send(subscribe_frame(cluster.chat(), "second", 0));
  cluster.settle();
  CHECK(second->next("message.new")["content"]["type"].text() == "tombstone");
  cluster.run(3s);
  // The deletion was committed before they asked: it belongs to what they resume.
  for (Client* client : {back.get(), second.get()}) {
    CHECK(client->next("message.delete")["seq"].number() == 2);
    const Json subscribed = client->next("subscribed");
    CHECK(subscribed["recovered"].flag());
    CHECK(subscribed["seq"].number() == 2);
  }
  CHECK(back->transcript.find("to be deleted") == std::string::npos);
  CHECK(second->transcript.find("to be deleted") == std::string::npos);
}

TEST_CASE("who resumes before a late bus has told of an edit is shown the message as it is now") {
  Cluster cluster({.shards = 2});
  auto here = cluster.follow(0, 0, cluster.chat());
  auto there = cluster.follow(1, 1, cluster.chat());
  auto back = cluster.join(1, 2);
  cluster.hub.faults = {.delay = 1000, .delay_turns_max = 200};
  here->send(message_frame(cluster.chat(), "a", "to be edited", "send"));
  Json ack;
  for (int i = 0; i < 100 && !ack.present(); ++i, ack = here->next("ack")) cluster.turn();
  REQUIRE(ack.present());
  here->send(R"({"type":"message.update","id":"edit","chat_id":")" + cluster.chat().text() +
             R"(","message_id":")" + ack["message_id"].text() +
             R"(","content":{"type":"text","text":"edited"}})");
  ack = {};
  for (int i = 0; i < 100 && !ack.present(); ++i, ack = here->next("ack")) cluster.turn();
  REQUIRE(ack.present());
  REQUIRE_FALSE(there->next("message.new").present());
  back->send(subscribe_frame(cluster.chat(), "back", 0));
  cluster.run(4s);
  CHECK(back->next("message.new")["content"]["text"].text() == "edited");
  CHECK(back->next("message.update")["seq"].number() == 2);
  CHECK(back->next("subscribed")["seq"].number() == 2);
  CHECK(back->transcript.find("to be edited") == std::string::npos);
}
