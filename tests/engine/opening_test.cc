// How a socket begins and ends: connection.init, tokens, limits, closes (PROTOCOL 2 and 5).
#include "tests/engine/cluster.h"

using namespace kith;
using namespace kith::test;

namespace {

int code(const std::unique_ptr<Client>& client) {
  return client->open ? 0 : static_cast<int>(client->close_code);
}

}  // namespace

TEST_CASE("init is answered with ready, then one's own channel") {
  Cluster cluster;
  auto client = cluster.join(0, 1);
  const Json ready = client->next();
  CHECK(ready["type"].text() == "connection.ready");
  CHECK(ready["user_id"].text() == cluster.user(1).text());
  CHECK(ready["session_id"].text() == cluster.login(1).text());
  CHECK(ready["epoch"].text() == cluster.epoch);
  CHECK(ready["protocol"].number() == 1);
  CHECK(ready["ping_interval_ms"].number() == 25000);
  CHECK(ready["limits"]["channels"].number() == 512);
  CHECK(client->known_as == cluster.user(1));
  const Json own = client->next();
  CHECK(own["type"].text() == "subscribed");
  CHECK(own["channel"].text() == cluster.user(1).text());
  CHECK_FALSE(client->next().present());
}

TEST_CASE("the token may come with the upgrade, and a frame behind init is not lost") {
  Cluster cluster;
  auto client = cluster.connect(0, {.token = cluster.token(2)});
  client->send("{\"type\":\"connection.init\"}\n\n{\"type\":\"ping\",\"id\":\"1\"}");
  CHECK_FALSE(client->reading);  // while the token is checked
  cluster.settle();
  CHECK(client->reading);
  const std::string types = client->types();
  CHECK(types.find("connection.ready") == 0);
  CHECK(types.find("pong") != std::string::npos);
}

TEST_CASE("what is no good beginning closes with its code") {
  Cluster cluster;
  auto silent = cluster.connect(0);
  auto eager = cluster.connect(0);
  eager->send(R"({"type":"ping"})");
  CHECK(code(eager) == 4502);
  auto binary = cluster.connect(0);
  binary->shard->engine.on_binary(binary->ref);
  CHECK(code(binary) == 4501);
  for (const char* text : {"hello", "[1]", R"({"type":7})", "{}"}) {
    auto odd = cluster.connect(0);
    odd->send(text);
    CHECK(code(odd) == 4501);
  }
  for (const std::string& token :
       {std::string("nonsense"), std::string(), cluster.token(1, -1ms)}) {
    auto bad = cluster.connect(0);
    bad->send(R"({"type":"connection.init","token":")" + token + "\"}");
    cluster.settle();
    CHECK(code(bad) == 4500);
    const Json closing = bad->next("connection.closing");
    CHECK(closing["code"].number() == 4500);
    CHECK(closing["reconnect"].present());
    CHECK_FALSE(closing["reconnect"].flag());
  }
  cluster.run(9900ms);
  CHECK(code(silent) == 0);
  cluster.run(200ms);
  CHECK(code(silent) == 4502);
  CHECK(cluster.shard(0).engine.sessions() == 0);
  CHECK(cluster.shard(0).engine.gauges().sessions_waiting == 0);
}

TEST_CASE("the socket of one chat: malformed, not yours, yours") {
  Cluster cluster;  // 4 users, one room of 3
  auto malformed = cluster.join(0, 0, {}, {.chat_malformed = true});
  CHECK(code(malformed) == 4506);
  auto stranger = cluster.join(0, 3, {}, {.chat = cluster.chat()});
  CHECK(code(stranger) == 4503);
  auto nowhere = cluster.join(0, 0, {}, {.chat = ChatId{Uuid{1, 2, 3}}});
  CHECK(code(nowhere) == 4503);
  auto member = cluster.join(0, 1, {}, {.chat = cluster.chat()});
  CHECK(member->types() == "connection.ready subscribed@0 subscribed@0");
  member->send(R"({"type":"message.new","id":"1","client_message_id":"a",)"
               R"("content":{"type":"text","text":"hi"}})");
  cluster.settle();
  CHECK(member->next()["seq"].number() == 1);
}

TEST_CASE("one socket too many of a user goes, and its place is free again when another ends") {
  Cluster cluster;
  cluster.quota.most = 2;
  auto first = cluster.join(0, 0);
  auto second = cluster.join(0, 0);
  auto third = cluster.join(0, 0);
  CHECK(code(third) == 4504);
  CHECK(code(first) == 0);
  second->disconnect();
  auto fourth = cluster.join(0, 0);
  CHECK(code(fourth) == 0);
  auto other = cluster.join(0, 1);
  CHECK(code(other) == 0);
}

TEST_CASE("a bad token of the upgrade closes with 4500, though init brings a good one or none") {
  Cluster cluster;
  auto silent = cluster.connect(0, {.token = "nonsense"});
  cluster.settle();
  CHECK(code(silent) == 4500);
  auto covered = cluster.connect(0, {.token = "nonsense"});
  covered->send(R"({"type":"connection.init","token":")" + cluster.token(1) + "\"}");
  cluster.settle();
  CHECK(code(covered) == 4500);
}

TEST_CASE("connection.init with an id is answered by a connection.ready that carries it") {
  Cluster cluster;
  auto client = cluster.connect(0, {.token = cluster.token(1)});
  client->send(R"({"type":"connection.init","id":"i-1"})");
  cluster.settle();
  const Json ready = client->next();
  CHECK(ready["type"].text() == "connection.ready");
  CHECK(ready["id"].text() == "i-1");
}

TEST_CASE("a token that expires is warned of, then the socket closes; a refreshed one lives on") {
  Cluster cluster;
  auto ending = cluster.connect(0, {.token = cluster.token(0, 90s)});
  ending->send(R"({"type":"connection.init"})");
  auto renewed = cluster.connect(0, {.token = cluster.token(1, 90s)});
  renewed->send(R"({"type":"connection.init"})");
  cluster.settle();
  cluster.run(29s, 100ms);
  CHECK_FALSE(ending->next("connection.expiring").present());
  cluster.run(2s, 100ms);
  const Json warning = ending->next("connection.expiring");
  CHECK(warning["expires_in_ms"].number() > 58'000);
  CHECK(warning["expires_in_ms"].number() <= 60'000);
  renewed->send(R"({"type":"connection.refresh","id":"9","token":")" + cluster.token(1, 1h) +
                "\"}");
  cluster.settle();
  CHECK(renewed->next("ack")["id"].text() == "9");
  cluster.run(60s, 100ms);
  CHECK(code(ending) == 4003);
  CHECK(ending->next("connection.closing")["retry_after_ms"].number() > 0);
  CHECK_FALSE(ending->next("connection.expiring").present());  // one warning
  CHECK(code(renewed) == 0);
  renewed->send(R"({"type":"connection.refresh","id":"10","token":"x"})");
  cluster.settle();
  CHECK(renewed->next("error")["id"].text() == "10");
  renewed->send(R"({"type":"connection.refresh","token":")" + cluster.token(2) + "\"}");
  cluster.settle();
  CHECK(code(renewed) == 4500);
}

TEST_CASE("a token that holds for thousands of years does not hang the shard") {
  Cluster cluster;
  auto client =
      cluster.connect(0, {.token = cluster.token(0, std::chrono::hours{24 * 365 * 8000})});
  client->send(R"({"type":"connection.init"})");
  cluster.settle();
  cluster.run(50h, 30min);
  CHECK(code(client) == 0);
  CHECK(client->types().find("expiring") == std::string::npos);
}

TEST_CASE("many refreshes at once do not stop the socket from being read") {
  Cluster cluster;
  auto client = cluster.join(0, 0);
  std::string frames;
  for (std::uint32_t i = 0; i < limits::kCommandsInFlightMax; ++i) {
    frames += R"({"type":"connection.refresh","token":")" + cluster.token(0) + "\"}\n";
  }
  client->send(frames);
  CHECK_FALSE(client->reading);
  cluster.settle();
  CHECK(client->reading);
  client->send(R"({"type":"ping","id":"1"})");
  CHECK(client->open);
  cluster.settle();
  CHECK(client->next("pong").present());
}

TEST_CASE("a logout closes that login's sockets on every shard, and no others") {
  Cluster cluster({.shards = 2});
  auto here = cluster.join(0, 0);
  auto there = cluster.join(1, 0);
  auto other = cluster.join(1, 1);
  // Unsubscribing from one's own channel is no way around it.
  there->types();
  there->send(R"({"type":"unsubscribe","id":"1","channel":")" + cluster.user(0).text() + "\"}");
  cluster.settle();
  CHECK(there->types() == "error");
  Shard& shard = cluster.shard(0);
  const Identity who = cluster.identity(0);
  shard.store->accounts().revoke_session(who.key, who.session, cluster.now().wall,
                                         [&](Result<Committed> done) {
                                           REQUIRE(done.ok());
                                           shard.engine.publish(std::move(done->events));
                                         });
  cluster.settle();
  CHECK(code(here) == 4507);
  CHECK(code(there) == 4507);
  CHECK(code(other) == 0);
  auto again = cluster.join(0, 0);
  CHECK(code(again) == 4500);
}

TEST_CASE("a login that ends while connection.refresh asks for it does not carry the socket on") {
  Cluster cluster;
  auto client = cluster.join(0, 0);
  client->types();
  Shard& shard = cluster.shard(0);
  const AuthSessionId ending{Uuid{9}};
  const auto expiry = (cluster.now().wall + 1h).time_since_epoch().count();
  shard.authenticator.hold_answers = true;
  client->send(R"({"type":"connection.refresh","id":"1","token":")" + cluster.user(0).text() + "|" +
               ending.text() + "|" + std::to_string(expiry) + "\"}");
  cluster.settle();
  REQUIRE(shard.authenticator.held.size() == 1);
  shard.store->accounts().revoke_session(cluster.identity(0).key, ending, cluster.now().wall,
                                         [&](Result<Committed> done) {
                                           REQUIRE(done.ok());
                                           shard.engine.publish(std::move(done->events));
                                         });
  cluster.settle();
  shard.authenticator.hold_answers = false;
  shard.authenticator.held.front()();  // that it still stands, of before
  cluster.settle();
  CHECK(client->next("error")["code"].text() == "unauthorized");
  CHECK(code(client) == 0);  // its own login stands
}

TEST_CASE("more than 200 errors a minute close with 4013") {
  Cluster cluster;
  auto client = cluster.join(0, 0);
  for (int i = 0; i < 200; ++i) client->send(R"({"type":"nonsense"})");
  cluster.settle();
  CHECK(code(client) == 0);
  client->send(R"({"type":"nonsense"})");
  cluster.settle();
  CHECK(code(client) == 4013);
}
