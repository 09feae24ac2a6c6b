// When a right to a channel ends: cut at the same number everywhere (PROTOCOL 4, invariant I7).
#include "tests/engine/cluster.h"

using namespace kith;
using namespace kith::test;

namespace {

void settle_with(Cluster& cluster, const std::function<void(Callback<Committed>)>& change) {
  bool done = false;
  change([&](Result<Committed> result) { done = result.ok(); });
  cluster.settle();
  REQUIRE(done);
}

void kick(Cluster& cluster, std::size_t shard, std::size_t user) {
  settle_with(cluster, [&](Callback<Committed> done) {
    cluster.shard(shard).engine.remove_participant(cluster.identity(0), cluster.chat(),
                                                   cluster.user(user), std::move(done));
  });
}

void invite(Cluster& cluster, std::size_t shard, std::size_t user) {
  settle_with(cluster, [&](Callback<Committed> done) {
    cluster.shard(shard).engine.add_participant(cluster.identity(0), cluster.chat(),
                                                cluster.user(user), ParticipantRole::member,
                                                std::move(done));
  });
}

std::string ban_frame(Cluster& cluster, std::size_t user) {
  return R"({"type":"moderation","id":"ban","action":"ban","chat_id":")" + cluster.chat().text() +
         R"(","user_id":")" + cluster.user(user).text() + "\"}";
}

}  // namespace

TEST_CASE("who is removed gets their own leaving, nothing numbered after it, on either shard") {
  Cluster cluster({.shards = 2});
  auto owner = cluster.follow(0, 0, cluster.chat());
  auto here = cluster.follow(0, 1, cluster.chat());
  auto there = cluster.follow(1, 1, cluster.chat());
  auto stays = cluster.follow(1, 2, cluster.chat());
  // All within one turn: before, the end, and after it.
  Engine& engine = cluster.shard(0).engine;
  owner->send(message_frame(cluster.chat(), "before", "text"));
  engine.remove_participant(cluster.identity(0), cluster.chat(), cluster.user(1),
                            [](Result<Committed> done) { CHECK(done.ok()); });
  owner->send(message_frame(cluster.chat(), "after", "text"));
  cluster.settle();
  CHECK(here->types() == "message.new participant.leave unsubscribed");
  CHECK(there->types() == "message.new participant.leave unsubscribed");
  CHECK(stays->types() == "message.new participant.leave message.new");
  CHECK(here->transcript.find("\"code\":\"forbidden\"") != std::string::npos);
  here->send(subscribe_frame(cluster.chat(), "1", 0));
  cluster.settle();
  CHECK(here->next()["code"].text() == "forbidden");
}

TEST_CASE("a bad bus does not carry anything past the end of a right") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Cluster cluster({.shards = 2, .seed = seed});
    cluster.hub.faults = {.lose = 300, .repeat = 300, .delay = 500};
    auto owner = cluster.follow(0, 0, cluster.chat());
    auto there = cluster.follow(1, 1, cluster.chat());
    Engine& engine = cluster.shard(0).engine;
    for (int i = 0; i < 10; ++i) {
      owner->send(message_frame(cluster.chat(), "m" + std::to_string(i), "text"));
      if (i == 5) {
        engine.remove_participant(cluster.identity(0), cluster.chat(), cluster.user(1),
                                  [](Result<Committed> done) { CHECK(done.ok()); });
      }
      cluster.run(20ms);
    }
    cluster.run(2s);
    Seq position = 0;
    for (const Json& frame : there->all()) {
      if (frame["seq"].present()) CHECK(static_cast<Seq>(frame["seq"].number()) == ++position);
    }
    CHECK(position == 7);
  }
}

TEST_CASE(
    "a ban ends it the same way; the socket of that chat closes with 4507, a kick's with 4503") {
  Cluster cluster({.shards = 2, .users = 5, .rooms = 1, .members = 5});
  auto owner = cluster.follow(0, 0, cluster.chat());
  auto banned = cluster.join(1, 1, {}, {.chat = cluster.chat()});
  auto elsewhere = cluster.follow(0, 1, cluster.chat());
  auto kicked = cluster.join(1, 2, {}, {.chat = cluster.chat()});
  owner->send(ban_frame(cluster, 1));
  cluster.settle();
  CHECK(owner->next()["id"].text() == "ban");
  CHECK_FALSE(banned->open);
  CHECK(banned->close_code == CloseCode::session_revoked);
  CHECK(elsewhere->types() == "system.moderation unsubscribed");
  CHECK(elsewhere->open);
  kick(cluster, 0, 2);
  CHECK_FALSE(kicked->open);
  CHECK(kicked->close_code == CloseCode::chat_forbidden);
  CHECK(kicked->next("participant.leave").present());
  elsewhere->send(message_frame(cluster.chat(), "a", "text", "1"));
  elsewhere->send(R"({"type":"typing.start","id":"2","chat_id":")" + cluster.chat().text() + "\"}");
  cluster.settle();
  CHECK(elsewhere->next()["code"].text() == "forbidden");
  CHECK(elsewhere->next()["code"].text() == "forbidden");
}

TEST_CASE("who is behind when the right ends gets no more of it") {
  ClusterOptions options;
  options.engine.outbound_bytes_max = 32 * 1024;
  options.engine.messages_per_minute = 0;
  Cluster cluster(options);
  auto owner = cluster.follow(0, 0, cluster.chat());
  auto slow = cluster.follow(0, 1, cluster.chat());
  slow->bytes_per_turn = 0;
  for (int i = 0; i < 60; ++i) {
    owner->send(message_frame(cluster.chat(), "m" + std::to_string(i), std::string(1000, 'x')));
    cluster.settle();
  }
  kick(cluster, 0, 1);
  owner->send(message_frame(cluster.chat(), "after", "not for you"));
  cluster.settle();
  slow->bytes_per_turn = Client::kUnlimited;
  cluster.run(3s);
  CHECK(slow->transcript.find("not for you") == std::string::npos);
  CHECK(slow->next("unsubscribed")["code"].text() == "forbidden");
}

TEST_CASE("let in again: the older event that comes late does not throw one out") {
  Cluster cluster({.shards = 2});
  auto anchor = cluster.follow(1, 2, cluster.chat());  // keeps the channel open on shard 1
  auto back = cluster.join(1, 1);
  back->types();
  cluster.hub.faults.lose = 1000;  // shard 1 hears of nothing by the bus
  kick(cluster, 0, 1);
  invite(cluster, 0, 1);
  back->send(subscribe_frame(cluster.chat(), "1"));
  cluster.settle();
  cluster.run(3s);  // now the log has told shard 1 of both
  cluster.hub.faults = {};
  auto owner = cluster.follow(0, 0, cluster.chat());
  owner->send(message_frame(cluster.chat(), "a", "welcome back"));
  cluster.settle();
  CHECK(anchor->transcript.find("welcome back") != std::string::npos);
  CHECK(back->next("message.new")["seq"].number() == 3);
  CHECK(back->transcript.find("unsubscribed") == std::string::npos);
}

TEST_CASE("a right that ends while the store still thinks about the subscribe is refused") {
  Cluster cluster;
  auto anchor = cluster.follow(0, 2, cluster.chat());
  auto client = cluster.join(0, 1);
  client->types();
  cluster.storage->set_faults([](MemoryRequest request) {
    return request == MemoryRequest::read ? MemoryFault::delay_answer : MemoryFault::none;
  });
  client->send(subscribe_frame(cluster.chat(), "1"));  // read before the end, answered after it
  cluster.turn();
  kick(cluster, 0, 1);
  cluster.storage->set_faults({});
  while (cluster.storage->release()) {
  }
  cluster.settle();
  const Json answer = client->next();
  CHECK(answer["id"].text() == "1");
  CHECK(answer["code"].text() == "forbidden");
  CHECK(anchor->types() == "participant.leave");
  auto owner = cluster.follow(0, 0, cluster.chat());
  owner->send(message_frame(cluster.chat(), "a", "text"));
  cluster.settle();
  CHECK_FALSE(client->next().present());
}
