// A reader that takes too little (PROTOCOL 6): what it is spared, and that it misses nothing
// durable.
#include <random>

#include "tests/engine/cluster.h"

using namespace kith;
using namespace kith::test;

namespace {

constexpr std::size_t kBudget = 64 * 1024;

ClusterOptions small_budget() {
  ClusterOptions options;
  options.engine.outbound_bytes_max = kBudget;
  options.engine.messages_per_minute = 0;
  return options;
}

std::string typing_frame(const ChatId& chat, bool start) {
  return R"({"type":"typing.)" + std::string(start ? "start" : "stop") + R"(","chat_id":")" +
         chat.text() + "\"}";
}

void say(Cluster& cluster, Client& from, int count, std::size_t bytes) {
  static int made = 0;
  for (int i = 0; i < count; ++i) {
    from.send(message_frame(cluster.chat(), "s" + std::to_string(++made), std::string(bytes, 'x')));
    cluster.settle();
  }
}

}  // namespace

TEST_CASE("past half of the budget typing is dropped, and of receipts the newest waits") {
  Cluster cluster(small_budget());
  auto slow = cluster.follow(0, 0, cluster.chat());
  auto fast = cluster.follow(0, 1, cluster.chat());
  slow->bytes_per_turn = 0;
  say(cluster, *fast, 36, 1000);
  REQUIRE(slow->queued_bytes() > kBudget / 2);
  REQUIRE(slow->queued_bytes() < kBudget);
  std::vector<std::string> ids;
  while (!fast->inbox.empty()) ids.push_back(fast->next("ack")["message_id"].text());
  fast->send(typing_frame(cluster.chat(), true));
  for (const std::size_t i : {3, 20, 35}) {
    fast->send(R"({"type":"delivery.read","chat_id":")" + cluster.chat().text() +
               R"(","last_read_message_id":")" + ids.at(i) + "\"}");
    cluster.run(1100ms, 50ms);
  }
  slow->send(R"({"type":"ping","id":"1"})");
  CHECK_FALSE(slow->reading);
  CHECK(cluster.shard(0).engine.counters().dropped_ephemeral > 0);
  CHECK(cluster.shard(0).engine.counters().dropped_state == 2);
  slow->bytes_per_turn = Client::kUnlimited;
  cluster.settle();
  CHECK(slow->reading);
  int messages = 0;
  int receipts = 0;
  int typing = 0;
  for (const Json& frame : slow->all()) {
    messages += frame["type"].text() == "message.new";
    typing += frame["type"].text() == "typing.start";
    if (frame["type"].text() == "delivery.read") {
      ++receipts;
      CHECK(frame["last_read_seq"].number() == 36);
    }
  }
  CHECK(messages == 36);
  CHECK(receipts == 1);
  CHECK(typing == 0);
}

TEST_CASE("what was kept of a chat for a slow reader is not given to who has left it since") {
  Cluster cluster(small_budget());
  auto slow = cluster.follow(0, 1, cluster.chat());
  auto owner = cluster.follow(0, 0, cluster.chat());
  slow->bytes_per_turn = 0;
  say(cluster, *owner, 36, 1000);
  REQUIRE(slow->queued_bytes() > kBudget / 2);
  const std::string id = owner->next("ack")["message_id"].text();
  owner->send(R"({"type":"delivery.read","chat_id":")" + cluster.chat().text() +
              R"(","last_read_message_id":")" + id + "\"}");
  cluster.run(1100ms, 50ms);
  cluster.shard(0).engine.remove_participant(cluster.identity(0), cluster.chat(), cluster.user(1),
                                             [](Result<Committed> done) { CHECK(done.ok()); });
  cluster.settle();
  slow->bytes_per_turn = Client::kUnlimited;
  cluster.run(1100ms, 50ms);
  bool left = false;
  for (const Json& frame : slow->all()) {
    left |= frame["type"].text() == "unsubscribed";
    CHECK(frame["type"].text() != "delivery.read");
  }
  CHECK(left);
}

TEST_CASE("past all of it the reader is caught up from the log, late, with nothing lost or twice") {
  Cluster cluster(small_budget());
  auto slow = cluster.follow(0, 0, cluster.chat());
  auto fast = cluster.follow(0, 1, cluster.chat());
  slow->bytes_per_turn = 0;
  say(cluster, *fast, 400, 1000);
  CHECK(cluster.shard(0).engine.counters().fell_behind == 1);
  CHECK(cluster.shard(0).engine.gauges().sessions_lagging == 1);
  CHECK(slow->queued_bytes() <= kBudget);
  // The fast one waits for nobody.
  for (int i = 1; i <= 400; ++i) CHECK(fast->next("ack")["seq"].number() == i);
  slow->bytes_per_turn = 5000;
  for (int i = 0; i < 30; ++i) say(cluster, *fast, 1, 500);
  slow->bytes_per_turn = Client::kUnlimited;
  cluster.run(2s);
  Seq position = 0;
  for (const Json& frame : slow->all()) {
    CHECK(frame["type"].text() == "message.new");  // and no word of having been behind
    CHECK(static_cast<Seq>(frame["seq"].number()) == ++position);
  }
  CHECK(position == 430);
  CHECK(cluster.shard(0).engine.gauges().sessions_lagging == 0);
  say(cluster, *fast, 1, 10);
  CHECK(slow->next()["seq"].number() == 431);
}

TEST_CASE("a store that refuses while a reader is being caught up makes it later, and no more") {
  Cluster cluster(small_budget());
  auto slow = cluster.follow(0, 0, cluster.chat());
  auto fast = cluster.follow(0, 1, cluster.chat());
  slow->bytes_per_turn = 0;
  say(cluster, *fast, 400, 1000);
  int refused = 0;
  cluster.storage->set_faults([&](MemoryRequest request) {
    const bool refuse = request == MemoryRequest::read && refused < 3;
    refused += refuse;
    return refuse ? MemoryFault::refuse : MemoryFault::none;
  });
  slow->bytes_per_turn = Client::kUnlimited;
  cluster.run(6s);
  CHECK(refused == 3);
  Seq position = 0;
  for (const Json& frame : slow->all()) {
    CHECK(frame["type"].text() == "message.new");
    CHECK(static_cast<Seq>(frame["seq"].number()) == ++position);
  }
  CHECK(position == 400);
}

TEST_CASE("one's own acks come also while one is behind, and each once") {
  Cluster cluster(small_budget());
  auto slow = cluster.follow(0, 0, cluster.chat());
  auto fast = cluster.follow(0, 1, cluster.chat());
  slow->bytes_per_turn = 0;
  slow->send(message_frame(cluster.chat(), "mine", "text", "1"));
  say(cluster, *fast, 100, 1000);
  slow->send(message_frame(cluster.chat(), "late", "text", "2"));
  cluster.settle();
  slow->bytes_per_turn = Client::kUnlimited;
  cluster.run(2s);
  std::map<std::string, int> answers;
  std::map<Seq, int> events;
  for (const Json& frame : slow->all()) {
    if (frame["type"].text() == "ack") ++answers[frame["id"].text()];
    if (frame["type"].text() == "message.new") ++events[static_cast<Seq>(frame["seq"].number())];
  }
  CHECK(answers == std::map<std::string, int>{{"1", 1}, {"2", 1}});
  for (Seq seq = 2; seq <= 101; ++seq) CHECK(events[seq] == 1);
}

TEST_CASE("an ack that is next in line stands for its event, also for one who is behind") {
  Cluster cluster(small_budget());
  auto slow = cluster.follow(0, 0, cluster.chat());
  auto fast = cluster.follow(0, 1, cluster.chat());
  std::minstd_rand random(7);
  int sent = 0;
  for (int round = 0; round < 400; ++round) {
    slow->bytes_per_turn = random() % 4 * 200;
    if (random() % 2 == 0) say(cluster, *fast, 1, 3000);
    for (auto own = random() % 4; own > 0; --own) {
      const std::string id = std::to_string(++sent);
      slow->send(message_frame(cluster.chat(), "own" + id, "text", id));
    }
    cluster.settle();
  }
  CHECK(cluster.shard(0).engine.counters().fell_behind > 1);
  slow->bytes_per_turn = Client::kUnlimited;
  cluster.run(2s);
  Seq position = 0;
  int acks = 0;
  for (const Json& frame : slow->all()) {
    const bool ack = frame["type"].text() == "ack";
    acks += ack;
    const auto seq = static_cast<Seq>(frame["seq"].number());
    if (ack && seq != position + 1) continue;  // outside of the stream: it comes as an event
    REQUIRE(seq == ++position);
  }
  CHECK(acks == sent);
  CHECK(position == cluster.log(ChannelId(cluster.chat())).size());
}

TEST_CASE("receipts that come while a reader is being caught up reach it, the newest of each") {
  Cluster cluster(small_budget());
  auto slow = cluster.follow(0, 0, cluster.chat());
  auto fast = cluster.follow(0, 1, cluster.chat());
  slow->bytes_per_turn = 0;
  say(cluster, *fast, 200, 1000);
  std::string last;
  while (!fast->inbox.empty()) last = fast->next("ack")["message_id"].text();
  fast->send(R"({"type":"delivery.read","chat_id":")" + cluster.chat().text() +
             R"(","last_read_message_id":")" + last + "\"}");
  cluster.run(1s);
  slow->bytes_per_turn = Client::kUnlimited;
  cluster.run(2s);
  CHECK(slow->next("delivery.read")["last_read_seq"].number() == 200);
  CHECK_FALSE(slow->next("delivery.read").present());
}

TEST_CASE("what the log has trimmed meanwhile is told by an unasked subscribed with the gap") {
  ClusterOptions options = small_budget();
  options.storage.log_keep_events = 20;
  Cluster cluster(options);
  auto slow = cluster.follow(0, 0, cluster.chat());
  auto fast = cluster.follow(0, 1, cluster.chat());
  slow->bytes_per_turn = 0;
  say(cluster, *fast, 300, 1000);
  slow->bytes_per_turn = Client::kUnlimited;
  cluster.run(2s);
  Seq position = 0;
  for (const Json& frame : slow->all()) {
    if (frame["type"].text() == "subscribed") {
      CHECK_FALSE(frame["recovered"].flag());
      CHECK(static_cast<Seq>(frame["gap"]["from"].number()) == position + 1);
      position = static_cast<Seq>(frame["gap"]["to"].number());
    } else {
      CHECK(static_cast<Seq>(frame["seq"].number()) == ++position);
    }
  }
  CHECK(position == 300);
}

TEST_CASE("a chunk of many large messages at once is shared, and whole for everybody") {
  ClusterOptions options;
  options.engine.messages_per_minute = 0;
  Cluster cluster(options);
  auto sender = cluster.follow(0, 0, cluster.chat());
  auto other = cluster.follow(0, 1, cluster.chat());
  std::string frames;
  for (int i = 0; i < 10; ++i) {
    frames += message_frame(cluster.chat(), "m" + std::to_string(i), std::string(4000, 'y')) + "\n";
  }
  sender->send(frames);
  cluster.settle();
  for (int i = 1; i <= 10; ++i) {
    CHECK(sender->next("ack")["seq"].number() == i);
    CHECK(other->next("message.new")["seq"].number() == i);
  }
}
