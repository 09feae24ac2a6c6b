// The server of Postgres dies and its standby takes over (RELIABILITY F12). A synchronous one has
// everything: nothing is lost, and nobody's history changes. One that was behind has not: the log
// has gone back, and gets a new epoch (ARCHITECTURE 2.9).
#include "tests/chaos/nodes.h"

namespace kith::test {
namespace {

constexpr auto kWritableWithin = 30s;  // 10 s are the goal; the rest is for a busy machine

std::string epoch_of(TestServer& server) {
  return server.http().get("/status").json()["epoch"].text();
}

TEST_CASE("a failover to a synchronous standby loses, doubles and reorders nothing") {
  const std::size_t failovers = shortly_or_long<std::size_t>(1, 6);
  std::vector<std::chrono::milliseconds> heals;
  for (std::size_t i = 0; i < failovers; ++i) {
    CAPTURE(i);
    PostgresServer primary;
    const std::string url = primary.new_database();
    const auto standby = PostgresServer::standby_of(primary);
    RedisServer redis;
    Nodes nodes(
        {.storage_urls = {primary.url_of_either(url, *standby)}, .redis_ports = {redis.port()}});
    const std::string epoch = epoch_of(nodes.node(0));
    nodes.begin();
    nodes.run_for(2500ms);  // so that each node has looked: who knows of no row assumes the worst
    primary.stop(PostgresServer::Stop::kill);
    nodes.run_for(300ms);
    standby->promote();
    heals.push_back(nodes.healed("the standby has taken over", kWritableWithin));
    nodes.run_for(1500ms);  // in which the nodes look at whose history it is
    const Nodes::Outcome outcome = nodes.finish();
    for (std::size_t node = 0; node < nodes.count(); ++node) {
      CHECK(nodes.node(node).process().running());
      CHECK(epoch_of(nodes.node(node)) == epoch);
    }
    MESSAGE("failover: ", text_of(outcome));
  }
  MESSAGE("failovers: ", summary(heals));
}

TEST_CASE("a standby that was behind takes over: sockets close with 4000, in a new epoch") {
  PostgresServer primary;
  const std::string url = primary.new_database();
  const auto standby = PostgresServer::standby_of(primary);
  const std::string either = primary.url_of_either(url, *standby);
  PostgresServer::ask(url, "ALTER SYSTEM RESET synchronous_standby_names");
  PostgresServer::ask(url, "SELECT pg_reload_conf()");
  Nodes nodes({.clients = 2, .rooms = 1, .storage_urls = {either}});
  const std::string& chat = nodes.chats().front();
  const std::string epoch = epoch_of(nodes.node(0));
  WsClient here = connect_to(nodes.node(0), nodes.users()[0], {chat});
  WsClient there = connect_to(nodes.node(1), nodes.users()[1], {chat});
  const Json kept = say(here, chat, "kept", "replicated");
  standby->await_replay_of(primary);
  standby->stop_following();
  const Json lost = say(here, chat, "lost", "only on the one that dies");
  CHECK(there.wait_for("message.new")["seq"].number() == kept["seq"].number());
  CHECK(there.wait_for("message.new")["seq"].number() == lost["seq"].number());

  primary.stop(PostgresServer::Stop::kill);
  standby->promote();
  CHECK(here.wait_close() == 4000);
  CHECK(there.wait_close() == 4000);
  for (std::size_t node = 0; node < nodes.count(); ++node) {
    CHECK(nodes.node(node).process().wait(30s) == 75);
    nodes.start(node);
  }
  CHECK(epoch_of(nodes.node(0)) != epoch);
  CHECK(epoch_of(nodes.node(1)) == epoch_of(nodes.node(0)));
  CHECK(epoch_of(nodes.node(2)) == epoch_of(nodes.node(0)));

  // Who knows the old history is told that it is worth nothing, and sees the new one.
  WsClient again(nodes.node(1).port());
  again.send(init_frame(nodes.users()[1], R"("epoch":")" + epoch + R"(","resume":{")" + chat +
                                              "\":" + std::to_string(lost["seq"].number()) + "}"));
  again.expect("connection.ready");
  const Json attached = again.wait_for(
      "subscribed", [&](const Json& frame) { return frame["channel"].text() == chat; });
  CHECK_FALSE(attached["recovered"].flag());
  CHECK(attached["seq"].number() == kept["seq"].number());
  WsClient writer = connect_to(nodes.node(0), nodes.users()[0], {chat});
  CHECK(say(writer, chat, "new", "in its place")["seq"].number() == lost["seq"].number());
  CHECK(again.wait_for("message.new")["seq"].number() == lost["seq"].number());
}

}  // namespace
}  // namespace kith::test
