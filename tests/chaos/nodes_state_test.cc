// What nodes share beside the log: who is there, whose login has ended, who may no longer read
// (PROTOCOL sections 4 and 5, across nodes).
#include "tests/chaos/nodes.h"

namespace kith::test {
namespace {

constexpr auto kStateReadyWithin = 15s;
// PROTOCOL section 4 and RELIABILITY 3.4: within two seconds; the rest is for a busy machine.
const auto kCutWithin = shortly_or_long<std::chrono::milliseconds>(6s, 2s);

std::chrono::milliseconds since(Clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
}

void log_out_and_ban(Nodes& nodes) {
  const auto [owner, guest] = std::pair(nodes.users()[0], nodes.users()[1]);
  const std::string& chat = nodes.chats().front();
  const User elsewhere = nodes.node(0).log_in(guest);  // a login that goes on
  std::vector<WsClient> ending;
  std::vector<WsClient> staying;
  for (std::size_t i = 0; i < nodes.count(); ++i) {
    ending.push_back(connect_to(nodes.node(i), guest, {chat}));
    staying.push_back(connect_to(nodes.node(i), elsewhere, {chat}));
  }
  const auto out = Clock::now();
  CHECK(nodes.node(0).post("/auth/logout", "{}", guest).status < 300);
  for (WsClient& socket : ending) CHECK(socket.wait_close() == 4507);
  const auto closed = since(out);
  MESSAGE("a logout closed the sockets on every node in ", closed.count(), " ms");
  CHECK(closed < kCutWithin);
  // Its token is worth nothing anywhere, at once.
  for (std::size_t i = 0; i < nodes.count(); ++i) {
    CHECK(nodes.node(i).http().get("/chats", guest.token).status == 401);
  }

  WsClient moderator = connect_to(nodes.node(1), owner, {chat});
  const auto banned = Clock::now();
  const Json ban = moderator.ask(R"({"type":"moderation","chat_id":")" + chat +
                                 R"(","action":"ban","user_id":")" + guest.id + "\"}");
  REQUIRE(ban["type"].text() == "ack");
  for (WsClient& socket : staying) {
    const Json told = socket.wait_for("unsubscribed");
    CHECK(told["channel"].text() == chat);
    CHECK(told["code"].text() == "forbidden");
  }
  const auto ended = since(banned);
  MESSAGE("a ban ended the right on every node in ", ended.count(), " ms");
  CHECK(ended < kCutWithin);
  say(moderator, chat, "behind", "said behind the ban");
  for (WsClient& socket : staying) {
    for (const Json& frame : socket.fence()) CHECK(frame["type"].text() != "message.new");
  }
  for (std::size_t i = 0; i < nodes.count(); ++i) {
    const Json refused = staying[i].ask(message(chat, "no-" + std::to_string(i), "may I?"));
    CHECK(refused["code"].text() == "forbidden");
  }
}

TEST_CASE("a logout and a ban end on every node within two seconds, with a bus") {
  RedisServer redis;
  Nodes nodes({.clients = 2, .rooms = 1, .redis_ports = {redis.port()}});
  nodes.await_state("ready", kStateReadyWithin);
  log_out_and_ban(nodes);
}

TEST_CASE("a logout and a ban end on every node within two seconds, also without a bus") {
  Nodes nodes({.clients = 2, .rooms = 1});
  log_out_and_ban(nodes);
}

// One user on every node at once, each answered before the next says something.
struct Flood {
  std::size_t acked = 0;
  double minutes = 0;
};
Flood flood(Nodes& nodes, std::size_t rounds) {
  const std::string& chat = nodes.chats().front();
  std::vector<std::unique_ptr<WsClient>> sockets;
  for (std::size_t i = 0; i < nodes.count(); ++i) {
    sockets.push_back(std::make_unique<WsClient>(connect(nodes.node(i), nodes.users()[0])));
  }
  Flood out;
  const auto begin = Clock::now();
  for (std::size_t n = 0; n < rounds; ++n) {
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      const std::string id = std::to_string(i) + "-" + std::to_string(n);
      const Json answer = sockets[i]->ask(message(chat, id, "as fast as I can"));
      if (answer["type"].text() == "ack") ++out.acked;
      if (answer["type"].text() == "error") {
        CHECK(answer["code"].text() == "rate_limited");
        CHECK(answer["retry_after_ms"].number() > 0);
      }
    }
  }
  out.minutes = std::chrono::duration<double, std::ratio<60>>(Clock::now() - begin).count();
  return out;
}

TEST_CASE("the limit of a user's messages holds over all nodes, within a fifth") {
  RedisServer redis;
  Nodes nodes({.clients = 1,
               .rooms = 1,
               .redis_ports = {redis.port()},
               .settings = {"limits.messages_per_minute=120"}});
  nodes.await_state("ready", kStateReadyWithin);
  REQUIRE(nodes.count() == 3);
  const Flood sent = flood(nodes, 80);
  MESSAGE(sent.acked, " acked of 240 in ", sent.minutes * 60, " s; 120 a minute are allowed");
  // A minute's worth at once, and what is refilled meanwhile.
  CHECK(sent.acked >= 110);
  CHECK(static_cast<double>(sent.acked) <= 1.2 * 120 * (1 + sent.minutes));
}

TEST_CASE("without a bus each node has a limit of its own") {
  Nodes nodes(
      {.nodes = 2, .clients = 1, .rooms = 1, .settings = {"limits.messages_per_minute=60"}});
  const Flood sent = flood(nodes, 80);
  CHECK(sent.acked >= 120);
  CHECK(static_cast<double>(sent.acked) <= 2 * 60 * (1 + sent.minutes) + 2);
}

// Waits 30 to 45 s, which others may use.
TEST_CASE("users of a node that was killed are gone within 45 s, and not at once") {
  RedisServer redis;
  Nodes nodes({.nodes = 2, .clients = 2, .rooms = 1, .redis_ports = {redis.port()}});
  nodes.await_state("ready", kStateReadyWithin);
  const std::string& chat = nodes.chats().front();
  WsClient watcher = connect(nodes.node(0), nodes.users()[0]);
  subscribe(watcher, chat, R"("presence":true)");
  WsClient guest = connect_to(nodes.node(1), nodes.users()[1], {chat});
  CHECK(watcher.wait_for("presence.join")["user_id"].text() == nodes.users()[1].id);
  nodes.kill(1);
  const auto killed = Clock::now();
  Json left;
  do {
    left = watcher.next(60s);
  } while (left["type"].text() != "presence.leave");
  CHECK(left["user_id"].text() == nodes.users()[1].id);
  CHECK(left["count"].number() == 1);
  CHECK(since(killed) > 10s);
  CHECK(since(killed) < 50s);  // 45 s; the rest is for a busy machine
  MESSAGE("the dead node's user was gone after ", since(killed).count() / 1000, " s");
}

}  // namespace
}  // namespace kith::test
