// The store's word on all that connection.init brings comes at once and waits for each channel's
// turn: what happens meanwhile, and how many there may be (ARCHITECTURE 2.8).
#include "tests/engine/cluster.h"

using namespace kith;
using namespace kith::test;

namespace {

std::string init_frame(Cluster& cluster, std::size_t user, const std::string& resume,
                       const std::string& epoch) {
  return R"({"type":"connection.init","token":")" + cluster.token(user) + R"(","epoch":")" + epoch +
         R"(","resume":{)" + resume + "}}";
}

std::string entry(const ChatId& chat, Seq after) {
  return "\"" + chat.text() + "\":" + std::to_string(after);
}

ChatId unknown_chat(std::uint32_t number) {
  ChatId chat;
  chat.uuid[0] = 0xEE;
  for (std::size_t i = 0; i < 4; ++i) {
    chat.uuid[12 + i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  return chat;
}

// User 1 resumes the chat from 0; the store's word on it is held back while `meanwhile` runs.
template <typename Meanwhile>
std::unique_ptr<Client> resume_late(Cluster& cluster, Meanwhile meanwhile) {
  auto client = cluster.connect(0);
  cluster.storage->set_faults([](MemoryRequest request) {
    return request == MemoryRequest::read ? MemoryFault::delay_answer : MemoryFault::none;
  });
  client->send(init_frame(cluster, 1, entry(cluster.chat(), 0), cluster.epoch));
  cluster.turn();
  cluster.storage->set_faults({});
  meanwhile();
  cluster.settle();
  while (cluster.storage->release()) {
  }
  cluster.settle();
  return client;
}

}  // namespace

TEST_CASE("a mute between the store's word and the channel's turn holds") {
  Cluster cluster;
  auto owner = cluster.follow(0, 0, cluster.chat());
  auto client = resume_late(cluster, [&] {
    owner->send(R"({"type":"moderation","id":"m","chat_id":")" + cluster.chat().text() +
                R"(","action":"mute","user_id":")" + cluster.user(1).text() + "\"}");
  });
  CHECK(client->next("subscribed")["channel"].text() == cluster.user(1).text());
  CHECK(client->next("subscribed")["seq"].number() == 1);
  client->send(R"({"type":"typing.start","id":"t","chat_id":")" + cluster.chat().text() + "\"}");
  cluster.settle();
  CHECK(client->next("error")["code"].text() == "forbidden");
}

TEST_CASE("a message read between the store's word and the channel's turn is in the receipts") {
  Cluster cluster;
  auto owner = cluster.follow(0, 0, cluster.chat());
  owner->send(message_frame(cluster.chat(), "a", "a", "a"));
  cluster.settle();
  const std::string message = owner->next("ack")["message_id"].text();
  auto client = resume_late(cluster, [&] {
    owner->send(R"({"type":"delivery.read","chat_id":")" + cluster.chat().text() +
                R"(","last_read_message_id":")" + message + "\"}");
  });
  client->next("subscribed");  // one's own channel
  const Json subscribed = client->next("subscribed");
  const std::string read = R"({"user_id":")" + cluster.user(0).text() + R"(","last_read_seq":1})";
  CHECK(subscribed["receipts"].dump().find(read) != std::string::npos);
}

TEST_CASE("who joined between the store's word and the channel's turn is counted") {
  constexpr std::uint32_t kMost = limits::kReceiptsParticipantsMax;
  Cluster cluster({.users = kMost + 1, .members = kMost});
  auto owner = cluster.follow(0, 0, cluster.chat());
  auto client = resume_late(cluster, [&] {
    cluster.shard(0).engine.add_participant(cluster.identity(0), cluster.chat(),
                                            cluster.user(kMost), ParticipantRole::member,
                                            [](Result<Committed> done) { CHECK(done.ok()); });
  });
  client->next("subscribed");  // one's own channel
  const Json subscribed = client->next("subscribed");
  CHECK(subscribed["seq"].number() == 1);
  CHECK_FALSE(subscribed["receipts"].present());  // one too many for them
}

TEST_CASE("tens of thousands of channels in resume are refused one after the other") {
  constexpr std::uint32_t kChannels = 30'000;
  ClusterOptions options;
  options.engine.channels_per_socket = 100'000;
  Cluster cluster(options);
  std::string resume;
  for (std::uint32_t i = 0; i < kChannels; ++i) resume += entry(unknown_chat(i), 0) + ",";
  auto client = cluster.connect(0);
  client->send(init_frame(cluster, 1, resume + entry(cluster.chat(), 0), cluster.epoch));
  cluster.turn();
  cluster.turn();
  const std::string types = client->types();
  CHECK(types.find("connection.ready subscribed@0 error error") == 0);
  CHECK(types.size() > kChannels * std::string("error ").size());
  CHECK(types.find("error subscribed@0 connection.closing") != std::string::npos);
}

TEST_CASE("a channel of resume that finds room only late is of the same epoch as the others") {
  ClusterOptions options;
  options.engine.channels_per_socket = 2;  // one's own, and the one that is refused
  Cluster cluster(options);
  for (const char* text : {"a", "b", "c"}) cluster.append_elsewhere(0, cluster.chat(), text);
  for (const bool same : {true, false}) {
    auto client = cluster.connect(0);
    client->send(init_frame(cluster, 1, entry(unknown_chat(1), 0) + "," + entry(cluster.chat(), 1),
                            same ? cluster.epoch : "another"));
    cluster.settle();
    const std::string missed = same ? "message.new message.new " : "";
    CHECK(client->types() == "connection.ready subscribed@0 error " + missed + "subscribed@3");
    CHECK((client->transcript.find(R"("recovered":true)") != std::string::npos) == same);
  }
}
