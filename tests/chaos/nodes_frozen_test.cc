// A node that is frozen and wakes up (RELIABILITY F24), and the same send retried on three nodes at
// once (F27).
#include <signal.h>

#include "tests/chaos/nodes.h"
#include "tests/support/await.h"

namespace kith::test {
namespace {

constexpr auto kHealedWithin = 20s;

TEST_CASE("a node is frozen: its clients go elsewhere; awake, it catches up before it serves") {
  RedisServer redis;
  const std::string url = PostgresServer::shared().new_database();
  // With rewards: what all nodes do for all users, a step at a time, must not be done twice either.
  Nodes nodes({.storage_urls = {url},
               .redis_ports = {redis.port()},
               .patience = 2s,
               .settings = {"app=default"}});
  nodes.begin();
  std::vector<std::chrono::milliseconds> frozen;
  std::vector<std::chrono::milliseconds> awake;
  const std::size_t times = shortly_or_long<std::size_t>(2, 4);
  for (std::size_t i = 0; i < times; ++i) {
    CAPTURE(i);
    const std::size_t victim = i % nodes.count();
    for (std::size_t client = 0; client < 2; ++client) nodes.clients()[client]->move_to(victim);
    nodes.run_for(300ms);
    nodes.node(victim).process().signal(SIGSTOP);
    // Whatever it held in the middle of a transaction: the rows are free again soon.
    frozen.push_back(nodes.healed("a node is frozen", kHealedWithin));
    nodes.run_for(shortly_or_long<std::chrono::milliseconds>(2s, 60s));
    nodes.node(victim).process().signal(SIGCONT);
    for (auto& client : nodes.clients()) client->move_to(victim);
    awake.push_back(nodes.healed("a node is awake again", kHealedWithin));
  }
  const Nodes::Outcome outcome = nodes.finish();
  for (std::size_t i = 0; i < nodes.count(); ++i) CHECK(nodes.node(i).process().running());
  const std::string sent = PostgresServer::ask(url, "SELECT count(*) FROM chat_messages");
  const char* const counted = "SELECT sum(times) FROM activity_totals WHERE kind = 'message'";
  const auto all_counted = [&] { return PostgresServer::ask(url, counted) == sent; };
  CHECK(await_condition(Clock::now() + kHealedWithin, 20ms, all_counted));
  CHECK(PostgresServer::ask(url, counted) == sent);
  MESSAGE("frozen: ", summary(frozen), "; awake: ", summary(awake), "; ", text_of(outcome));
}

TEST_CASE("the same send on three nodes at once is stored once, and acked thrice alike") {
  RedisServer redis;
  Nodes nodes({.clients = 2, .rooms = 1, .redis_ports = {redis.port()}});
  const std::string& chat = nodes.chats().front();
  std::vector<WsClient> sockets;
  for (std::size_t i = 0; i < nodes.count(); ++i) {
    sockets.push_back(connect(nodes.node(i), nodes.users()[0]));
  }
  const std::size_t sends = shortly_or_long<std::size_t>(100, 2000);
  const std::uint64_t begin = head_of(nodes.node(0), nodes.users()[0], chat);
  for (std::size_t i = 0; i < sends; ++i) {
    CAPTURE(i);
    const std::string id = "thrice-" + std::to_string(i);
    for (WsClient& socket : sockets) socket.send(message(chat, id, "the same", R"("id":"1")"));
    std::set<std::string> answers;
    std::size_t originals = 0;
    for (WsClient& socket : sockets) {
      const Json ack = socket.expect("ack");
      REQUIRE(ack["client_message_id"].text() == id);
      answers.insert(ack["message_id"].text() + " " + std::to_string(ack["seq"].number()));
      originals += ack["duplicate"].flag() ? 0 : 1;
    }
    CHECK(answers.size() == 1);
    CHECK(originals == 1);
  }
  CHECK(head_of(nodes.node(1), nodes.users()[0], chat) == begin + sends);
}

}  // namespace
}  // namespace kith::test
