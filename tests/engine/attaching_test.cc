// Subscribing, resuming, following: what is replayed, and what is told (PROTOCOL 2).
#include "tests/engine/cluster.h"

using namespace kith;
using namespace kith::test;

namespace {

std::string init_with(const Cluster& cluster, const std::string& resume, bool epoch = true) {
  return R"(,"epoch":")" + (epoch ? cluster.epoch : std::string("older")) + R"(","resume":{)" +
         resume + "}";
}

std::string at(const ChannelId& channel, Seq seq) {
  return "\"" + channel.text() + "\":" + std::to_string(seq);
}

// The events that come before `subscribed`, and that it stands where they end.
Json replayed(Client& client, const ChannelId& channel, Seq from, Seq to) {
  Seq next = from;
  for (;;) {
    Json frame = client.next();
    REQUIRE(frame.present());
    if (frame["channel"].text() == channel.text()) {
      CHECK(next == to + 1);
      return frame;
    }
    if (frame["chat_id"].text() != channel.text()) continue;
    CHECK(static_cast<Seq>(frame["seq"].number()) == next);
    ++next;
  }
}

}  // namespace

TEST_CASE("ready, own, path, resume in its order, then what is followed") {
  Cluster cluster({.users = 2, .rooms = 4, .members = 2});
  cluster.append_elsewhere(0, cluster.chat(3), "the newest chat");
  auto client =
      cluster.join(0, 0,
                   init_with(cluster, at(cluster.chat(2), 0) + "," + at(cluster.chat(1), 0)) +
                       R"(,"follow":["chats"])",
                   {.chat = cluster.chat(0)});
  CHECK(client->next()["type"].text() == "connection.ready");
  std::vector<std::string> order;
  while (!client->inbox.empty()) order.push_back(client->next("subscribed")["channel"].text());
  const std::vector<std::string> expected = {cluster.user(0).text(), cluster.chat(0).text(),
                                             cluster.chat(2).text(), cluster.chat(1).text(),
                                             cluster.chat(3).text()};
  CHECK(order == expected);
}

TEST_CASE("a resume gives exactly what was missed, from every position, window or log") {
  Cluster cluster;
  auto keeper = cluster.follow(0, 1, cluster.chat());  // its shard has the newest in its window
  for (int i = 1; i <= 130; ++i) {
    keeper->send(message_frame(cluster.chat(), "m" + std::to_string(i), "text"));
    if (i % 40 == 0) cluster.run(5s, 100ms);
  }
  cluster.settle();
  for (Seq after = 0; after <= 130; ++after) {
    auto client = cluster.join(0, 0, init_with(cluster, at(cluster.chat(), after)));
    const Json told = replayed(*client, cluster.chat(), after + 1, 130);
    CHECK(told["recovered"].flag());
    CHECK(told["seq"].number() == 130);
    CHECK(told["receipts"].size() == 3);
    client->disconnect();
  }
}

TEST_CASE("another epoch, a position ahead of the log, a channel one may not read") {
  Cluster cluster({.users = 4, .rooms = 2, .members = 2});
  for (int i = 0; i < 3; ++i) cluster.append_elsewhere(0, cluster.chat(0), "text");
  auto older = cluster.join(0, 0, init_with(cluster, at(cluster.chat(0), 1), false));
  Json told = replayed(*older, cluster.chat(0), 4, 3);
  CHECK_FALSE(told["recovered"].flag());
  CHECK(told["seq"].number() == 3);
  auto ahead = cluster.join(0, 0, init_with(cluster, at(cluster.chat(0), 9)));
  told = replayed(*ahead, cluster.chat(0), 4, 3);
  CHECK_FALSE(told["recovered"].flag());
  CHECK(told["seq"].number() == 3);
  auto stranger = cluster.join(
      0, 0, init_with(cluster, at(cluster.chat(1), 1) + ",\"odd\":1," + at(cluster.chat(0), 3)));
  Json error = stranger->next("error");
  CHECK(error["channel"].text() == "odd");
  error = stranger->next("error");
  CHECK(error["channel"].text() == cluster.chat(1).text());
  CHECK(error["code"].text() == "forbidden");
  CHECK(stranger->next("subscribed")["channel"].text() == cluster.chat(0).text());
}

TEST_CASE("more than a thousand missed events, or more than a mebibyte, are a gap") {
  Cluster cluster;
  for (int i = 0; i < 1001; ++i) cluster.append_elsewhere(0, cluster.chat(), "text");
  auto client = cluster.join(0, 0);
  client->send(subscribe_frame(cluster.chat(), "1", 0));
  client->send(subscribe_frame(cluster.chat(), "2", 1));
  cluster.settle();
  CHECK(client->next("error")["code"].text() == "conflict");  // "1" is replaced, and answered
  const Json told = replayed(*client, cluster.chat(), 2, 1001);
  CHECK(told["id"].text() == "2");
  CHECK(told["recovered"].flag());
  client->send(subscribe_frame(cluster.chat(), "3", 0));
  cluster.settle();
  const Json gap = client->next();
  CHECK_FALSE(gap["recovered"].flag());
  CHECK(gap["gap"]["from"].number() == 1);
  CHECK(gap["gap"]["to"].number() == 1001);
  CHECK(gap["seq"].number() == 1001);

  client->disconnect();
  cluster.settle();
  const std::string large(10'000, 'x');
  for (int i = 0; i < 120; ++i) cluster.append_elsewhere(0, cluster.chat(), large);
  client = cluster.join(0, 0);
  client->types();
  client->send(subscribe_frame(cluster.chat(), "4", 1001));
  cluster.settle();
  const Json wide = client->next("subscribed");
  CHECK_FALSE(wide["recovered"].flag());
  CHECK(wide["gap"]["from"].number() == 1002);
  CHECK(wide["gap"]["to"].number() == 1121);
  client->send(subscribe_frame(cluster.chat(), "5", 1031));
  cluster.settle();
  CHECK(replayed(*client, cluster.chat(), 1032, 1121)["recovered"].flag());
}

TEST_CASE("a replay shows what a message holds now") {
  Cluster cluster;
  auto client = cluster.follow(0, 0, cluster.chat());
  client->send(message_frame(cluster.chat(), "a", "secret", "1"));
  cluster.settle();
  const std::string message = client->next("ack")["message_id"].text();
  client->send(R"({"type":"message.delete","id":"2","chat_id":")" + cluster.chat().text() +
               R"(","message_id":")" + message + "\"}");
  cluster.settle();
  auto later = cluster.join(0, 1, init_with(cluster, at(cluster.chat(), 0)));
  const Json told = later->next("message.new");
  CHECK(told["content"]["type"].text() == "tombstone");
  CHECK(later->transcript.find("secret") == std::string::npos);
  CHECK(later->next("message.delete")["seq"].number() == 2);
}

TEST_CASE("unsubscribing while a subscribe is under way answers both, and then nothing comes") {
  Cluster cluster;
  auto client = cluster.join(0, 0);
  auto other = cluster.follow(0, 1, cluster.chat());
  client->types();
  client->send(subscribe_frame(cluster.chat(), "1"));
  client->send(R"({"type":"unsubscribe","id":"2","channel":")" + cluster.chat().text() + "\"}");
  cluster.settle();
  CHECK(client->next()["id"].text() == "1");
  const Json answer = client->next();
  CHECK(answer["type"].text() == "unsubscribed");
  CHECK(answer["id"].text() == "2");
  other->send(message_frame(cluster.chat(), "a", "text"));
  cluster.settle();
  CHECK_FALSE(client->next().present());
}

TEST_CASE("over the socket's limit of channels: too_large, and what is there stays") {
  ClusterOptions options{.users = 2, .rooms = 3, .members = 2};
  options.engine.channels_per_socket = 3;
  Cluster cluster(options);
  auto client = cluster.join(0, 0);
  for (std::size_t i = 0; i < 3; ++i) client->send(subscribe_frame(cluster.chat(i), "x"));
  cluster.settle();
  CHECK(client->types() == "connection.ready subscribed@0 error subscribed@0 subscribed@0");
  client->send(subscribe_frame(cluster.chat(0), "again", 0));  // replaces: no more than before
  cluster.settle();
  CHECK(client->types() == "subscribed@0");
}

TEST_CASE("who follows all chats follows the one they are brought into") {
  Cluster cluster({.shards = 2});
  auto follower = cluster.join(1, 3, R"(,"follow":["chats"])");
  auto plain = cluster.join(1, 3);
  follower->types();
  plain->types();
  cluster.shard(0).engine.add_participant(cluster.identity(0), cluster.chat(), cluster.user(3),
                                          ParticipantRole::member,
                                          [](Result<Committed> done) { CHECK(done.ok()); });
  cluster.settle();
  CHECK(follower->types() == "notification.new subscribed@1");
  CHECK(plain->types() == "notification.new");
  auto owner = cluster.follow(0, 0, cluster.chat());
  owner->send(message_frame(cluster.chat(), "a", "welcome"));
  cluster.settle();
  CHECK(follower->next("message.new")["seq"].number() == 2);
}

TEST_CASE("who begins on a shard that is behind begins at the head, not at what was said before") {
  Cluster cluster({.shards = 2});
  auto here = cluster.follow(0, 0, cluster.chat());
  auto there = cluster.follow(1, 1, cluster.chat());
  cluster.hub.faults.lose = 1000;
  here->send(message_frame(cluster.chat(), "a", "deleted before anybody came", "send"));
  cluster.settle();
  const std::string message = here->next("ack")["message_id"].text();
  here->send(R"({"type":"message.delete","chat_id":")" + cluster.chat().text() +
             R"(","message_id":")" + message + "\"}");
  cluster.settle();
  REQUIRE_FALSE(there->next("message.new").present());
  auto fresh = cluster.join(1, 2);
  fresh->types();
  fresh->send(subscribe_frame(cluster.chat(), "fresh"));
  cluster.run(3s);
  CHECK(there->next("message.delete")["seq"].number() == 2);
  CHECK(fresh->types() == "subscribed@2");
  CHECK(fresh->transcript.find("deleted before") == std::string::npos);
  here->send(message_frame(cluster.chat(), "b", "after that"));
  cluster.run(3s);
  CHECK(fresh->next("message.new")["seq"].number() == 3);
}
