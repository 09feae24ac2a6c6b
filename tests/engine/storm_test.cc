// Thousands come back at once: what that asks of the store, and what must not slip through while
// the store is being asked (ARCHITECTURE 2.8).
#include "tests/engine/cluster.h"

using namespace kith;
using namespace kith::test;

namespace {

int close_code(const std::unique_ptr<Client>& client) {
  return client->open ? 0 : static_cast<int>(client->close_code);
}

std::string init_frame(Cluster& cluster, std::size_t user, std::optional<Seq> after = std::nullopt,
                       std::string own = {}) {
  std::string frame = R"({"type":"connection.init","token":")" + cluster.token(user) + "\"";
  if (after) {
    frame += R"(,"epoch":")" + cluster.epoch + R"(","resume":{")" + cluster.chat().text() +
             "\":" + std::to_string(*after) + std::move(own) + "}";
  }
  return frame + "}";
}

// Holds back what the store has answered to reads until the returned function is called.
std::function<void()> hold_answers(Cluster& cluster) {
  cluster.storage->set_faults([](MemoryRequest request) {
    return request == MemoryRequest::read ? MemoryFault::delay_answer : MemoryFault::none;
  });
  return [&cluster] {
    cluster.storage->set_faults({});
    while (cluster.storage->release()) {
    }
    cluster.settle();
  };
}

void log_out(Cluster& cluster, std::size_t shard, std::size_t user) {
  const Identity who = cluster.identity(user);
  Shard& at = cluster.shard(shard);
  bool done = false;
  at.store->accounts().revoke_session(who.key, who.session, cluster.now().wall,
                                      [&](Result<Committed> committed) {
                                        REQUIRE(committed.ok());
                                        at.engine.publish(std::move(committed->events));
                                        done = true;
                                      });
  cluster.settle();
  REQUIRE(done);
}

}  // namespace

TEST_CASE("a logout between the check of the token and its answer closes the socket") {
  for (const std::size_t elsewhere : {0, 1}) {
    Cluster cluster({.shards = 2});
    auto client = cluster.connect(0);
    const auto release = hold_answers(cluster);
    client->send(init_frame(cluster, 0));  // the store finds that the login stands
    cluster.turn();
    log_out(cluster, elsewhere, 0);
    release();
    CHECK(close_code(client) == 4507);
  }
}

TEST_CASE("the same where the bus loses the logout: within about a second") {
  Cluster cluster({.shards = 2});
  cluster.run(1500ms);
  auto client = cluster.connect(0);
  bool held = false;
  cluster.storage->set_faults([&](MemoryRequest request) {
    if (request != MemoryRequest::read || std::exchange(held, true)) return MemoryFault::none;
    return MemoryFault::delay_answer;
  });
  client->send(init_frame(cluster, 0));
  cluster.turn();
  cluster.hub.faults.lose = 1000;
  log_out(cluster, 1, 0);
  cluster.storage->set_faults({});
  while (cluster.storage->release()) {
  }
  cluster.run(2500ms);
  CHECK(close_code(client) == 4507);
}

TEST_CASE("a right that ends between the check of connection.init and its answer is refused") {
  Cluster cluster;
  auto anchor = cluster.follow(0, 2, cluster.chat());
  auto client = cluster.connect(0);
  const auto release = hold_answers(cluster);
  client->send(init_frame(cluster, 1, 0));
  cluster.turn();
  bool done = false;
  cluster.shard(0).engine.remove_participant(cluster.identity(0), cluster.chat(), cluster.user(1),
                                             [&](Result<Committed> left) { done = left.ok(); });
  cluster.settle();
  REQUIRE(done);
  release();
  const Json error = client->next("error");
  CHECK(error["code"].text() == "forbidden");
  CHECK(client->transcript.find("participant.leave") == std::string::npos);
  CHECK(close_code(client) == 0);
}

// The answers come in another order than the store has given them in: the later one opens the
// channel here, at its own position, and the end that lies between is handed to nobody.
TEST_CASE("a right that ends is not passed over by a later answer that overtakes the first") {
  for (const bool from_now : {false, true}) {
    Cluster cluster;
    auto other = cluster.join(0, 2);
    auto client = cluster.connect(0);
    Shard& shard = cluster.shard(0);
    shard.authenticator.hold_answers = true;
    client->send(init_frame(cluster, 1, from_now ? 99 : 0));  // ahead of the log: from now on
    cluster.settle();
    REQUIRE(shard.authenticator.held.size() == 1);
    bool done = false;
    shard.engine.remove_participant(cluster.identity(0), cluster.chat(), cluster.user(1),
                                    [&](Result<Committed> left) { done = left.ok(); });
    cluster.settle();
    REQUIRE(done);
    other->send(subscribe_frame(cluster.chat(), "1"));
    cluster.settle();
    shard.authenticator.hold_answers = false;
    shard.authenticator.held.front()();  // that the right still stands, of before
    cluster.settle();
    CHECK(client->next("error")["code"].text() == "forbidden");
    other->send(message_frame(cluster.chat(), "m", "a secret"));
    cluster.settle();
    CHECK(client->transcript.find("participant.leave") == std::string::npos);
    CHECK(client->transcript.find("a secret") == std::string::npos);
  }
}

TEST_CASE("a login that ends is not passed over by a later answer that overtakes the first") {
  Cluster cluster;
  auto client = cluster.connect(0);
  Shard& shard = cluster.shard(0);
  shard.authenticator.hold_answers = true;
  client->send(init_frame(cluster, 0));
  cluster.settle();
  REQUIRE(shard.authenticator.held.size() == 1);
  log_out(cluster, 0, 0);
  const auto expiry = (cluster.now().wall + 1h).time_since_epoch().count();
  auto other = cluster.connect(0);  // the same user, by another login
  shard.authenticator.hold_answers = false;
  other->send(R"({"type":"connection.init","token":")" + cluster.user(0).text() + "|" +
              AuthSessionId{Uuid{9}}.text() + "|" + std::to_string(expiry) + "\"}");
  cluster.settle();
  CHECK(other->next("connection.ready").present());
  shard.authenticator.held.front()();  // that the login still stands, of before
  cluster.settle();
  CHECK(close_code(client) >= 4500);
  CHECK_FALSE(client->next("connection.ready").present());
  CHECK(close_code(other) == 0);
}

TEST_CASE("one read per client that comes back, and one per channel that has changed") {
  constexpr std::size_t kClients = 8;
  Cluster cluster({.users = 10, .members = 10});
  for (int i = 1; i <= 10; ++i) {
    cluster.append_elsewhere(9, cluster.chat(), "missed " + std::to_string(i));
  }
  std::size_t reads = 0;
  cluster.storage->set_faults([&](MemoryRequest request) {
    reads += request == MemoryRequest::read ? 1 : 0;
    return MemoryFault::none;
  });
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t user = 0; user < kClients; ++user) {
    clients.push_back(cluster.connect(0));
    // Cut at the same time, they stand a little apart all the same.
    clients.back()->send(
        init_frame(cluster, user, user % 2, ",\"" + cluster.user(user).text() + "\":0"));
  }
  cluster.settle();
  for (std::size_t user = 0; user < kClients; ++user) {
    for (Seq seq = user % 2 + 1; seq <= 10; ++seq) {
      CHECK(clients[user]->next("message.new")["seq"].number() == static_cast<std::int64_t>(seq));
    }
    const Json subscribed = clients[user]->next("subscribed");
    CHECK(subscribed["seq"].number() == 10);
    CHECK(subscribed["recovered"].flag());
  }
  CHECK(reads == kClients + 1);
  // Who comes later finds what was read.
  auto late = cluster.join(
      0, 8, R"(,"epoch":")" + cluster.epoch + R"(","resume":{")" + cluster.chat().text() + "\":5}");
  CHECK(late->next("message.new")["seq"].number() == 6);
  CHECK(reads == kClients + 2);
}

TEST_CASE("live messages before, in and behind the page that is read for many: each once") {
  Cluster cluster({.users = 10, .members = 10});
  for (int i = 1; i <= 10; ++i) {
    cluster.append_elsewhere(9, cluster.chat(), "missed " + std::to_string(i));
  }
  auto writer = cluster.follow(0, 3, cluster.chat());  // from 10 on
  const auto say = [&](const char* id) {
    writer->send(message_frame(cluster.chat(), id, id, id));
    cluster.settle();
  };
  say("a");
  say("b");  // the window holds 11 and 12
  auto client = cluster.connect(0);
  const auto release = hold_answers(cluster);
  client->send(init_frame(cluster, 1, 0));
  cluster.turn();
  cluster.storage->release();  // the login and the right; now the page is read, up to 12, and held
  cluster.turn();
  say("c");
  release();
  auto late = cluster.connect(0);
  late->send(init_frame(cluster, 2, 0));
  cluster.settle();
  for (const auto& resumed : {client.get(), late.get()}) {
    std::vector<std::int64_t> seqs;
    for (const Json& frame : resumed->all()) {
      if (frame["type"].text() == "message.new") seqs.push_back(frame["seq"].number());
    }
    CHECK(seqs == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13});
  }
}

TEST_CASE("what is read for many shows the content of now, also where it changed meanwhile") {
  Cluster cluster({.users = 4, .members = 4});
  auto writer = cluster.follow(0, 3, cluster.chat());
  writer->send(message_frame(cluster.chat(), "a", "the old words", "a"));
  cluster.settle();
  const std::string message = writer->next("ack")["message_id"].text();
  // An edit forgets the window, so that the next one to come has the log read.
  writer->send(R"({"type":"message.update","id":"e","message_id":")" + message +
               R"(","chat_id":")" + cluster.chat().text() +
               R"(","content":{"type":"text","text":"newer words"}})");
  cluster.settle();
  auto client = cluster.connect(0);
  const auto release = hold_answers(cluster);
  client->send(init_frame(cluster, 1, 0));
  cluster.turn();
  cluster.storage->release();  // the login and the right; now the page is read, and held
  cluster.turn();
  writer->send(R"({"type":"message.delete","id":"d","message_id":")" + message +
               R"(","chat_id":")" + cluster.chat().text() + "\"}");
  cluster.settle();
  release();
  CHECK(client->transcript.find("subscribed") != std::string::npos);
  CHECK(client->transcript.find("the old words") == std::string::npos);
  auto late = cluster.connect(0);
  late->send(init_frame(cluster, 2, 0));
  cluster.settle();
  CHECK(late->next("message.new").present());
  CHECK(late->transcript.find("words") == std::string::npos);
}
