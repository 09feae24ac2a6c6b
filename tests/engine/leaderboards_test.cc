// Live leaderboards: whoever applies what is said to their copy has the board, whatever the bus
// loses and however slowly they read.
#include "tests/engine/board_town.h"

using namespace kith;
using namespace kith::test;

TEST_CASE("a board that moves is told in one frame, as what has changed since the one before") {
  Town town;
  Cluster& cluster = town.cluster;
  town.table.set(cluster.user(0), 10);
  town.table.set(cluster.user(1), 20);
  town.table.set(cluster.user(2), 5);
  Watcher watcher(town, 0, 3);
  const Json answer = watcher.client->next("leaderboard");
  CHECK(answer["id"].text() == "ask");
  CHECK(answer["channel"].text() == kBoard.text());
  CHECK(answer["revision"].number() == 4);
  CHECK(answer["total"].number() == 3);
  CHECK(answer["entries"].size() == 3);
  CHECK(answer["entries"][0].dump() ==
        R"({"rank":1,"user_id":")" + cluster.user(1).text() + R"(","score":20})");
  CHECK(answer["me"].is_null());

  town.moved(0, town.table.set(cluster.user(0), 30));
  cluster.settle();
  const Json frame = watcher.client->next();
  CHECK(frame.dump() == R"({"type":"leaderboard.updated","channel":")" + kBoard.text() +
                            R"(","revision":5,"base":4,"total":3,"entries":[)" +
                            R"({"rank":1,"user_id":")" + cluster.user(0).text() +
                            R"(","score":30},{"rank":2,"user_id":")" + cluster.user(1).text() +
                            R"(","score":20}]})");
  CHECK_FALSE(watcher.client->next().present());

  watcher.client->send(R"({"type":"leaderboard","id":"2","channel":")" + kBoard.text() +
                       R"(","limit":1})");
  cluster.settle();
  const Json short_one = watcher.client->next("leaderboard");
  CHECK(short_one["entries"].size() == 1);
  CHECK(short_one["total"].number() == 3);
  watcher.client->send(R"({"type":"leaderboard","id":"3","channel":"board_)" +
                       std::string(26, '0') + "\"}");
  cluster.settle();
  CHECK(watcher.client->next("error")["code"].text() == "not_found");
}

TEST_CASE("a board is told at most four times a second, and then as it is") {
  Town town;
  Watcher watcher(town, 0, 0);
  watcher.read();
  const std::uint64_t reads = town.table.reads;
  for (int i = 1; i <= 200; ++i) {
    town.moved(0, town.table.set(town.cluster.user(static_cast<std::size_t>(i) % 4), i));
    town.cluster.run(10ms);
    watcher.read();
  }
  CHECK(watcher.frames >= 7);
  CHECK(watcher.frames <= 9);
  CHECK(town.table.reads - reads <= 9);
  town.cluster.run(300ms);
  watcher.read();
  CHECK(watcher.is_current());
  CHECK(watcher.mismatches == 0);
  CHECK(watcher.answers == 1);
}

TEST_CASE("what moves below what is shown is no frame") {
  Town town({.users = 105});
  for (std::size_t i = 0; i < 104; ++i) {
    town.table.set(town.cluster.user(i), 1000 - static_cast<std::int64_t>(i));
  }
  Watcher watcher(town, 0, 0);
  watcher.read();
  CHECK(watcher.entries.size() == 100);
  town.moved(0, town.table.set(town.cluster.user(104), 1));
  town.cluster.run(300ms);
  watcher.read();
  CHECK(watcher.frames == 0);
  // The next one still fits, though the board has moved on unseen.
  town.moved(0, town.table.remove(town.cluster.user(50)));
  town.cluster.run(300ms);
  watcher.read();
  CHECK(watcher.frames == 1);
  CHECK(watcher.mismatches == 0);
  CHECK(watcher.is_current());
}

TEST_CASE("who asks is told what is committed, and the frames go on from there") {
  Town town;
  Cluster& cluster = town.cluster;
  Watcher watcher(town, 0, 0);
  watcher.read();
  town.moved(0, town.table.set(cluster.user(0), 1));
  cluster.settle();
  watcher.read();
  REQUIRE(watcher.frames == 1);
  // Within the quiet time: the answer waits for it, and shows the asker's own move.
  const BoardMoved own = town.table.set(cluster.user(0), 2);
  watcher.client->send(ask_frame());
  cluster.settle();
  CHECK_FALSE(watcher.client->next().present());
  town.moved(0, own);
  cluster.run(260ms);
  watcher.read();
  CHECK(watcher.answers == 2);
  CHECK(watcher.is_current());
  CHECK(watcher.revision == own.revision);
  town.moved(0, town.table.set(cluster.user(1), 7));
  cluster.run(300ms);
  watcher.read();
  CHECK(watcher.mismatches == 0);
  CHECK(watcher.is_current());
}

TEST_CASE("a slow reader is given the newest state alone, sees that it missed some, and asks") {
  ClusterOptions options;
  options.engine.outbound_bytes_max = 64 * 1024;
  options.engine.messages_per_minute = 0;
  Town town(options);
  Cluster& cluster = town.cluster;
  Watcher slow(town, 0, 0);
  Watcher fast(town, 0, 1);
  slow.read();
  fast.read();
  slow.client->send(subscribe_frame(cluster.chat(), "chat"));
  cluster.settle();
  slow.client->bytes_per_turn = 0;
  auto writer = cluster.follow(0, 1, cluster.chat());
  for (int i = 0; i < 36; ++i) {
    writer->send(message_frame(cluster.chat(), "m" + std::to_string(i), std::string(1000, 'x')));
    cluster.settle();
  }
  REQUIRE(slow.client->queued_bytes() > 32 * 1024);
  for (int i = 1; i <= 5; ++i) {
    town.moved(0, town.table.set(cluster.user(2), i));
    cluster.run(300ms);
    fast.read();
  }
  CHECK(fast.frames == 5);
  CHECK(cluster.shard(0).engine.counters().dropped_state == 4);
  slow.client->bytes_per_turn = Client::kUnlimited;
  cluster.settle();
  slow.read();
  CHECK(slow.frames == 1);
  CHECK(slow.mismatches == 1);
  cluster.settle();
  slow.read();
  CHECK(slow.is_current());
  CHECK(slow.revision == fast.revision);
}

TEST_CASE("what the bus loses is found within about a second, also while the store is down") {
  Town town({.shards = 2});
  Watcher here(town, 0, 0);
  Watcher there(town, 1, 1);
  here.read();
  there.read();
  town.moved(0, town.table.set(town.cluster.user(0), 1));
  town.cluster.settle();
  there.read();
  CHECK(there.is_current());  // by the bus, at once

  town.cluster.hub.faults.lose = 1000;
  town.moved(0, town.table.set(town.cluster.user(0), 2));
  town.cluster.run(1300ms);
  there.read();
  CHECK(there.is_current());
  town.table.down = true;
  town.moved(0, town.table.set(town.cluster.user(0), 3));
  town.cluster.run(2s, 50ms);
  town.table.down = false;
  town.cluster.run(2s, 50ms);
  for (Watcher* watcher : {&here, &there}) {
    watcher->read();
    CHECK(watcher->is_current());
    CHECK(watcher->mismatches == 0);
  }
}

TEST_CASE("a period that ends empties the board for all who watch it") {
  Town town({.shards = 2});
  Watcher here(town, 0, 0);
  Watcher there(town, 1, 1);
  town.moved(0, town.table.set(town.cluster.user(0), 1));
  town.cluster.run(300ms);
  town.table.ends = town.cluster.now().wall + 100ms;
  town.cluster.run(1500ms);
  for (Watcher* watcher : {&here, &there}) {
    watcher->read();
    CHECK(watcher->entries.empty());
    CHECK(watcher->is_current());
  }
}

TEST_CASE("whatever is lost, late or not read, a copy is the board at its revision") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    INFO("seed ", seed);
    ClusterOptions options{.shards = 2, .users = 130, .seed = seed};
    options.engine.outbound_bytes_max = 16 * 1024;
    Town town(options);
    town.cluster.hub.faults = {.lose = 300, .repeat = 100, .delay = 300};
    std::mt19937_64 random(seed);
    std::vector<std::unique_ptr<Watcher>> watchers;
    for (std::size_t i = 0; i < 4; ++i) {
      watchers.push_back(std::make_unique<Watcher>(town, i % 2, i));
    }
    for (int round = 0; round < 400; ++round) {
      for (std::uint64_t changes = random() % 4; changes > 0; --changes) {
        const UserId user = town.cluster.user(random() % 130);
        const bool goes = random() % 8 == 0;
        town.moved(random() % 2, goes ? town.table.remove(user)
                                      : town.table.set(user, static_cast<int>(random() % 50)));
      }
      if (random() % 100 == 0) town.moved(0, town.table.clear());
      town.cluster.run(std::chrono::milliseconds(random() % 100));
      // The last one reads now and then.
      for (std::size_t i = 0; i < watchers.size(); ++i) {
        const bool stalls = i == 3 && round % 40 < 30;
        watchers[i]->client->bytes_per_turn = stalls ? 0 : Client::kUnlimited;
        if (!stalls) watchers[i]->read();
      }
    }
    for (int i = 0; i < 4; ++i) {
      town.cluster.run(1s, 50ms);
      for (const auto& watcher : watchers) watcher->read();
    }
    for (const auto& watcher : watchers) {
      CHECK(watcher->is_current());
      CHECK(watcher->frames > 0);
    }
    CHECK(watchers[0]->mismatches == 0);
  }
}
