// Typing, receipts and presence (PROTOCOL 4), on two shards.
#include "tests/engine/cluster.h"

using namespace kith;
using namespace kith::test;

namespace {

std::string typing(const ChatId& chat, bool start = true) {
  return R"({"type":"typing.)" + std::string(start ? "start" : "stop") + R"(","chat_id":")" +
         chat.text() + "\"}";
}

std::string read_frame(const ChatId& chat, const std::string& message) {
  return R"({"type":"delivery.read","chat_id":")" + chat.text() + R"(","last_read_message_id":")" +
         message + "\"}";
}

}  // namespace

TEST_CASE("typing reaches the others on every shard, never oneself, and ends in three ways") {
  Cluster cluster({.shards = 2});
  auto typist = cluster.follow(0, 0, cluster.chat());
  auto own_other = cluster.follow(1, 0, cluster.chat());
  auto here = cluster.follow(0, 1, cluster.chat());
  auto there = cluster.follow(1, 2, cluster.chat());
  typist->send(typing(cluster.chat()));
  cluster.settle();
  const Json start = there->next();
  CHECK(start["type"].text() == "typing.start");
  CHECK(start["user_id"].text() == cluster.user(0).text());
  CHECK(start["expires_in_ms"].number() == 5000);
  CHECK(here->types() == "typing.start");
  cluster.run(4900ms);
  CHECK_FALSE(there->next().present());
  cluster.run(200ms);
  CHECK(there->types() == "typing.stop");
  CHECK(here->types() == "typing.stop");

  typist->send(typing(cluster.chat()));
  cluster.settle();
  typist->send(message_frame(cluster.chat(), "a", "text"));
  cluster.settle();
  CHECK(there->types() == "typing.start typing.stop message.new");

  typist->send(typing(cluster.chat()));
  cluster.settle();
  typist->disconnect();  // the other session still follows: not gone yet
  cluster.settle();
  CHECK(there->types() == "typing.start");
  own_other->disconnect();
  cluster.settle();
  CHECK(there->types() == "typing.stop");
  CHECK(here->types() == "typing.start typing.stop message.new typing.start typing.stop");
  CHECK(typist->transcript.find("typing") == std::string::npos);
  CHECK(own_other->transcript.find("typing") == std::string::npos);
}

TEST_CASE("a typing frame with an id is acked, and one who renews keeps typing") {
  Cluster cluster;
  auto typist = cluster.follow(0, 0, cluster.chat());
  auto other = cluster.follow(0, 1, cluster.chat());
  typist->send(R"({"type":"typing.start","id":"1","chat_id":")" + cluster.chat().text() + "\"}");
  cluster.settle();
  CHECK(typist->next()["id"].text() == "1");
  for (int i = 0; i < 4; ++i) {
    cluster.run(3s, 50ms);
    typist->send(typing(cluster.chat()));
    cluster.settle();
  }
  CHECK(other->types().find("typing.stop") == std::string::npos);
  typist->send(typing(cluster.chat(), false));
  cluster.settle();
  CHECK(other->types() == "typing.stop");
}

TEST_CASE("in chats of more than 200 neither typing nor receipts are fanned out") {
  Cluster cluster({.users = 201, .rooms = 1, .members = 201});
  auto one = cluster.follow(0, 0, cluster.chat());
  auto two = cluster.follow(0, 1, cluster.chat());
  CHECK(two->transcript.find("receipts") == std::string::npos);
  one->send(message_frame(cluster.chat(), "a", "text", "1"));
  cluster.settle();
  const std::string message = one->next("ack")["message_id"].text();
  two->types();
  one->send(typing(cluster.chat()));
  two->send(read_frame(cluster.chat(), message));
  cluster.run(2s);
  CHECK_FALSE(one->next().present());
  CHECK_FALSE(two->next().present());
}

TEST_CASE(
    "receipts: at most one per user and second, the newest, also to the reader's other socket") {
  Cluster cluster({.shards = 2});
  auto sender = cluster.follow(0, 0, cluster.chat());
  auto reader = cluster.follow(0, 1, cluster.chat());
  auto reader_other = cluster.follow(1, 1, cluster.chat());
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) {
    sender->send(message_frame(cluster.chat(), "m" + std::to_string(i), "text", "x"));
    cluster.settle();
    ids.push_back(sender->next("ack")["message_id"].text());
  }
  reader->types();
  reader_other->types();
  for (int i = 0; i < 10; ++i) {
    reader->send(read_frame(cluster.chat(), ids.at(static_cast<std::size_t>(i))));
    cluster.run(20ms);
  }
  reader->send(read_frame(cluster.chat(), ids.at(2)));  // backwards: nothing
  cluster.run(3s);
  for (const auto* client : {&sender, &reader_other}) {
    CHECK((*client)->next()["last_read_seq"].number() == 1);
    const Json newest = (*client)->next();
    CHECK(newest["last_read_seq"].number() == 10);
    CHECK(newest["last_read_message_id"].text() == ids.at(9));
    CHECK(newest["user_id"].text() == cluster.user(1).text());
    CHECK_FALSE((*client)->next().present());
  }
  CHECK_FALSE(reader->next().present());
}

TEST_CASE("a mark that one shard held back for its pace does not undo a later one of another") {
  Cluster cluster({.shards = 3});
  auto phone = cluster.follow(0, 0, cluster.chat());
  auto desk = cluster.follow(1, 0, cluster.chat());
  auto watcher = cluster.follow(2, 1, cluster.chat());
  std::vector<std::string> messages;
  for (int i = 0; i < 3; ++i) {
    messages.push_back(
        cluster.append_elsewhere(1, cluster.chat(), "text" + std::to_string(i)).message.text());
  }
  cluster.run(2s);
  watcher->types();
  phone->send(read_frame(cluster.chat(), messages[0]));
  phone->send(read_frame(cluster.chat(), messages[1]));  // held back for a second
  cluster.settle();
  desk->send(read_frame(cluster.chat(), messages[2]));
  cluster.settle();
  CHECK(watcher->next("delivery.read")["last_read_seq"].number() == 1);
  CHECK(watcher->next("delivery.read")["last_read_seq"].number() == 3);
  cluster.run(3s);
  CHECK_FALSE(watcher->next("delivery.read").present());
  // Nor for one who was told with `subscribed`.
  auto late = cluster.join(2, 2);
  late->types();
  late->send(subscribe_frame(cluster.chat(), "late"));
  cluster.settle();
  const Json subscribed = late->next("subscribed");
  CHECK(subscribed["receipts"].dump().find("\"last_read_seq\":3") != std::string::npos);
}

TEST_CASE("presence: users, not sessions; gone after the grace time; told to those who asked") {
  Cluster cluster({.shards = 2});
  auto watcher = cluster.join(0, 0);
  watcher->types();
  watcher->send(subscribe_frame(cluster.chat(), "1", std::nullopt, true));
  auto plain = cluster.follow(0, 0, cluster.chat());
  cluster.settle();
  CHECK(watcher->next("subscribed")["presence"]["count"].number() == 1);
  auto first = cluster.follow(1, 1, cluster.chat());
  auto second = cluster.follow(0, 1, cluster.chat());
  const Json join = watcher->next();
  CHECK(join["type"].text() == "presence.join");
  CHECK(join["user_id"].text() == cluster.user(1).text());
  CHECK(join["count"].number() == 2);
  CHECK_FALSE(watcher->next().present());
  first->disconnect();
  cluster.run(20s, 100ms);
  CHECK_FALSE(watcher->next().present());
  second->disconnect();
  cluster.run(14s, 100ms);
  CHECK_FALSE(watcher->next().present());
  auto back = cluster.follow(1, 1, cluster.chat());  // within the grace time: was never gone
  cluster.run(3s, 100ms);
  CHECK_FALSE(watcher->next().present());
  back->disconnect();
  cluster.run(15100ms, 100ms);
  const Json leave = watcher->next();
  CHECK(leave["type"].text() == "presence.leave");
  CHECK(leave["count"].number() == 1);
  CHECK_FALSE(plain->next().present());
  watcher->send(R"({"type":"presence","id":"2","channel":")" + cluster.chat().text() + "\"}");
  cluster.settle();
  CHECK(watcher->next()["users"].texts() == std::vector<std::string>{cluster.user(0).text()});
}

TEST_CASE("above 200 present only the count is told, at most once a second") {
  Cluster cluster({.users = 240, .rooms = 1, .members = 240});
  auto watcher = cluster.join(0, 0);
  watcher->send(subscribe_frame(cluster.chat(), "1", std::nullopt, true));
  cluster.settle();
  watcher->types();
  std::vector<std::unique_ptr<Client>> crowd;
  for (std::size_t user = 1; user < 200; ++user) {
    crowd.push_back(cluster.follow(0, user, cluster.chat()));
  }
  CHECK(watcher->all().size() == 199);
  cluster.run(2s);
  for (std::size_t user = 200; user < 240; ++user) {
    crowd.push_back(cluster.follow(0, user, cluster.chat()));
    cluster.run(50ms);
  }
  cluster.run(2s);
  const auto told = watcher->all();
  CHECK(told.size() >= 2);
  CHECK(told.size() <= 5);  // in four seconds
  for (const Json& frame : told) CHECK(frame["type"].text() == "presence.count");
  CHECK(told.back()["count"].number() == 240);
}

TEST_CASE("one who is muted types for nobody, from the mute on until it ends") {
  Cluster cluster({.shards = 2});
  auto owner = cluster.follow(0, 0, cluster.chat());
  auto muted = cluster.follow(1, 1, cluster.chat());
  const auto moderate = [&](const std::string& action) {
    owner->send(R"({"type":"moderation","id":"m","chat_id":")" + cluster.chat().text() +
                R"(","action":")" + action + R"(","user_id":")" + cluster.user(1).text() + "\"}");
    cluster.settle();
    owner->types();
    muted->types();
  };
  const std::string start =
      R"({"type":"typing.start","id":"t","chat_id":")" + cluster.chat().text() + "\"}";
  moderate("mute");
  muted->send(start);
  cluster.settle();
  CHECK(muted->next()["code"].text() == "forbidden");
  CHECK(owner->types().empty());
  moderate("unmute");
  muted->send(start);
  cluster.settle();
  CHECK(muted->next()["type"].text() == "ack");
  CHECK(owner->types() == "typing.start");
}
