// Two nodes over one store: engines, the link to Redis, and clients on both. With Redis, and
// without it.
#include <doctest/doctest.h>

#include <thread>

#include "tests/engine/cluster.h"
#include "tests/redis/bus_node.h"
#include "tests/support/redis_server.h"

namespace kith::test {
namespace {

class TwoNodes {
 public:
  explicit TwoNodes(std::uint16_t port) {
    cluster_ = std::make_unique<Cluster>(
        ClusterOptions{.shards = 2, .outside = [this, port](TaskQueue& queue) {
                         nodes_.push_back(std::make_unique<Node>(port, queue));
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
    for (int i = 0; i < 10; ++i) CHECK(say() < 500ms);
    server.kill();
    nodes.live_until_ill();
    for (int i = 0; i < 5; ++i) CHECK(say() < 1500ms);
    server.start();
    // What is said while it comes back is as late as without it at most.
    const auto back = Clock::now();
    while (cluster.shard(1).outside.bus->ill()) CHECK(say() < 1500ms);
    CHECK(Clock::now() - back < 7s);
    nodes.live_until_healthy(1);
  }
  CHECK(say() < 500ms);
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
  CHECK(took < 2s);
  CHECK(removed.has_value());
  nodes.live(1200ms);
  CHECK(there->transcript.find("message.new") == std::string::npos);
}

}  // namespace kith::test
