// Two nodes over one store: engines, the link to Redis, and clients on both. With Redis, and
// without it.
#include <doctest/doctest.h>

#include <thread>

#include "tests/engine/cluster.h"
#include "tests/redis/bus_node.h"
#include "tests/support/redis_server.h"
#include "tests/support/resp_proxy.h"

namespace kith::test {
namespace {

class TwoNodes {
 public:
  // Where each of them finds its Redis.
  explicit TwoNodes(std::uint16_t first_port, std::uint16_t second_port = 0) {
    const std::array ports = {first_port, second_port == 0 ? first_port : second_port};
    cluster_ = std::make_unique<Cluster>(
        ClusterOptions{.shards = 2, .outside = [this, ports](TaskQueue& queue) {
                         nodes_.push_back(std::make_unique<Node>(ports[nodes_.size()], queue));
                         return Outside{nodes_.back()->bus.get(), &nodes_.back()->presence};
                       }});
    for (std::size_t i = 0; i < 2; ++i) nodes_[i]->bus->set_receiver(cluster_->shard(i).engine);
  }
  ~TwoNodes() {
    for (const auto& node : nodes_) node->redis->close();
    cluster_.reset();
  }

  // Lets time pass, as it does, until the condition holds. How long that took.
  std::chrono::milliseconds live_until(const char* what, const std::function<bool()>& holds) {
    const auto begun = Clock::now();
    auto last = begun;
    await(what, [&] {
      const auto passed = std::chrono::floor<std::chrono::milliseconds>(Clock::now() - last);
      if (passed >= 5ms) {
        last += passed;
        cluster_->run(passed, passed);
      }
      return holds();
    });
    return std::chrono::floor<std::chrono::milliseconds>(Clock::now() - begun);
  }
  void live(std::chrono::milliseconds time) {
    const auto end = Clock::now() + time;
    live_until("time", [&] { return Clock::now() >= end; });
  }
  void live_until_healthy(std::uint64_t subscriptions) {
    live_until("a healthy bus", [&] {
      return std::ranges::all_of(nodes_, [&](const auto& node) {
        return !node->redis->ill() && node->redis->stats().subscriptions >= subscriptions;
      });
    });
  }
  void live_until_ill() {
    live_until("an ill bus", [&] {
      return std::ranges::all_of(nodes_, [](const auto& node) { return node->redis->ill(); });
    });
  }
  // The next frame of the type that comes to the client.
  Json next(Client& client, const char* type) {
    Json frame;
    live_until(type, [&] {
      frame = client.next(type);
      return frame.present();
    });
    return frame;
  }

  Cluster& cluster() { return *cluster_; }

 private:
  struct Node {
    Node(std::uint16_t port, TaskQueue& queue) {
      auto opened = RedisBus::open({.port = port}, {.epoch = "epoch"}, hub, presence);
      REQUIRE(opened.ok());
      redis = std::move(*opened);
      bus = hub.for_shard(queue);
    }
    LocalBusHub hub;
    ClusterPresence presence;
    std::unique_ptr<RedisBus> redis;
    std::unique_ptr<LocalBus> bus;
  };
  std::vector<std::unique_ptr<Node>> nodes_;
  std::unique_ptr<Cluster> cluster_;
};

std::string typing_frame(const ChatId& chat) {
  return R"({"type":"typing.start","chat_id":")" + chat.text() + "\"}";
}

}  // namespace

TEST_CASE("messages, typing, receipts and presence cross nodes") {
  RedisServer server;
  TwoNodes nodes(server.port());
  Cluster& cluster = nodes.cluster();
  const ChatId chat = cluster.chat();
  auto here = cluster.follow(0, 0, chat);
  nodes.live_until_healthy(0);
  auto there = cluster.join(1, 1);
  there->send(R"({"type":"subscribe","id":"1","channel":")" + chat.text() +
              R"(","presence":true})");
  cluster.settle();
  nodes.live_until_healthy(1);
  there->types();

  here->send(message_frame(chat, "one", "text"));
  const Json message = nodes.next(*there, "message.new");
  CHECK(message["seq"].number() == 1);
  here->send(typing_frame(chat));
  CHECK(nodes.next(*there, "typing.start")["user_id"].text() == cluster.user(0).text());
  there->send(R"({"type":"delivery.read","chat_id":")" + chat.text() +
              R"(","last_read_message_id":")" + std::string(message["message_id"].text()) + "\"}");
  CHECK(nodes.next(*here, "delivery.read")["user_id"].text() == cluster.user(1).text());
  CHECK(nodes.next(*there, "presence.join")["user_id"].text() == cluster.user(0).text());
  auto third = cluster.follow(0, 2, chat);
  CHECK(nodes.next(*there, "presence.join")["user_id"].text() == cluster.user(2).text());
}

TEST_CASE("with Redis down messages arrive within about a second, and at once when it is back") {
  RedisServer server;
  TwoNodes nodes(server.port());
  Cluster& cluster = nodes.cluster();
  const ChatId chat = cluster.chat();
  auto here = cluster.follow(0, 0, chat);
  auto there = cluster.follow(1, 1, chat);
  nodes.live_until_healthy(1);
  std::int64_t seq = 0;
  const auto say = [&] {
    here->send(message_frame(chat, "m" + std::to_string(++seq), "text"));
    const auto took = nodes.live_until("a message", [&] {
      const Json message = there->next("message.new");
      if (!message.present()) return false;
      CHECK(message["seq"].number() == seq);
      return true;
    });
    return took;
  };
  for (int outage = 0; outage < 2; ++outage) {
    for (int i = 0; i < 10; ++i) CHECK(say() < 5s);
    server.kill();
    nodes.live_until_ill();
    for (int i = 0; i < 5; ++i) CHECK(say() < 5s);
    server.start();
    // What is said while it comes back is as late as without it at most.
    const auto back = Clock::now();
    while (cluster.shard(1).outside.bus->ill()) CHECK(say() < 5s);
    CHECK(Clock::now() - back < 30s);
    nodes.live_until_healthy(1);
  }
  CHECK(say() < 5s);
}

TEST_CASE(
    "a bus that loses, repeats and shuffles a tenth loses, repeats and shuffles nothing here") {
  RedisServer server;
  RespProxy first(server.port(), {.lose = 100, .repeat = 100, .shuffle = 20});
  RespProxy second(server.port(), {.lose = 100, .repeat = 100, .shuffle = 20});
  TwoNodes nodes(first.port(), second.port());
  Cluster& cluster = nodes.cluster();
  const ChatId chat = cluster.chat();
  auto here = cluster.follow(0, 0, chat);
  auto there = cluster.follow(1, 1, chat);
  nodes.live_until_healthy(1);
  constexpr std::int64_t kMessages = 600;
  std::array<std::int64_t, 2> heard{};
  const auto listen = [&] {
    for (std::size_t i = 0; i < 2; ++i) {
      Client& client = i == 0 ? *here : *there;
      for (const Json& frame : client.all()) {
        const std::string type = frame["type"].text();
        // One's own message comes as its ack.
        if (type != "message.new" && type != "ack") continue;
        CHECK(frame["seq"].number() == ++heard[i]);
      }
    }
  };
  for (std::int64_t sent = 0; sent < kMessages;) {
    for (int i = 0; i < 4; ++i, ++sent) {
      Client& sender = sent % 2 == 0 ? *here : *there;
      sender.send(message_frame(chat, "m" + std::to_string(sent), "text"));
    }
    nodes.live(5ms);
    listen();
  }
  nodes.live_until("all of them", [&] {
    listen();
    return heard[0] >= kMessages && heard[1] >= kMessages;
  });
  nodes.live(300ms);
  listen();
  CHECK(heard == std::array{kMessages, kMessages});
  CHECK(first.lost() + second.lost() > 20);
  CHECK(first.repeated() + second.repeated() > 20);
  CHECK(cluster.shard(0).engine.counters().bus_late > 0);
  CHECK(cluster.shard(1).engine.counters().bus_repeats > 0);
}

TEST_CASE("the last message, lost by Redis, comes within about a second with nothing behind it") {
  RedisServer server;
  RespProxy proxy(server.port(), {});
  TwoNodes nodes(server.port(), proxy.port());
  Cluster& cluster = nodes.cluster();
  auto here = cluster.follow(0, 0, cluster.chat());
  auto there = cluster.follow(1, 1, cluster.chat());
  nodes.live_until_healthy(1);
  proxy.set({.lose = 1000});
  here->send(message_frame(cluster.chat(), "tail", "text"));
  CHECK(nodes.live_until("the tail", [&] { return there->next("message.new").present(); }) < 5s);
  // On a busy machine the look may be quicker than Redis.
  nodes.live_until("the loss", [&] { return proxy.lost() >= 1; });
}

TEST_CASE("a right that ends while Redis is down ends on the other node as well") {
  RedisServer server;
  TwoNodes nodes(server.port());
  Cluster& cluster = nodes.cluster();
  const ChatId chat = cluster.chat();
  auto owner = cluster.follow(0, 0, chat);
  auto there = cluster.follow(1, 1, chat);
  nodes.live_until_healthy(1);
  server.kill();
  nodes.live_until_ill();
  std::optional<Committed> removed;
  cluster.shard(0).engine.remove_participant(cluster.identity(0), chat, cluster.user(1),
                                             [&](Result<Committed> done) {
                                               REQUIRE(done.ok());
                                               removed = std::move(*done);
                                             });
  owner->send(message_frame(chat, "after", "text"));
  const auto took = nodes.live_until(
      "the end", [&] { return there->transcript.find("participant.leave") != std::string::npos; });
  CHECK(took < 5s);
  CHECK(removed.has_value());
  nodes.live(1200ms);
  CHECK(there->transcript.find("message.new") == std::string::npos);
}

}  // namespace kith::test
