// What is said to a crowd while one is being written to is gathered: for no longer than 250 ms, and
// no more than 16 KiB (Hub::flush, Hub::make_room).
#include "tests/engine/cluster.h"

using namespace kith;
using namespace kith::test;

namespace {

ClusterOptions crowds_of_three() {
  ClusterOptions options;
  options.users = 5;
  options.rooms = 2;
  options.members = 4;
  options.engine.crowd = 3;
  options.engine.messages_per_minute = 0;
  return options;
}

struct Crowd {
  Crowd() : cluster(crowds_of_three()) {
    for (std::size_t user = 0; user < 3; ++user) {
      clients.push_back(cluster.follow(0, user, cluster.chat()));
    }
    cluster.turn();
    cluster.sinks_refer = true;
  }

  Client& sender() { return *clients[0]; }
  Client& listener() { return *clients[1]; }
  void say(int count, std::size_t bytes = 10) {
    for (int i = 0; i < count; ++i) {
      sender().send(
          message_frame(cluster.chat(), "m" + std::to_string(++said), std::string(bytes, 'x')));
      cluster.settle();
    }
  }
  // The seq of every message that has come to one who listens.
  std::vector<int> heard(Client& by) {
    std::vector<int> out;
    for (const Json& frame : by.all()) {
      if (frame["type"].text() == "message.new") {
        out.push_back(static_cast<int>(frame["seq"].number()));
      }
    }
    return out;
  }

  Cluster cluster;
  std::vector<std::unique_ptr<Client>> clients;
  int said = 0;
};

}  // namespace

TEST_CASE("what is said to a crowd waits until the crowd before has been written to") {
  Crowd crowd;
  crowd.say(3);
  CHECK(crowd.listener().all().empty());
  CHECK(crowd.sender().all().empty());  // an ack comes in its place among the others' events
  crowd.cluster.sinks_refer = false;
  crowd.cluster.turn();
  CHECK(crowd.heard(crowd.listener()) == std::vector{1, 2, 3});
  for (int seq = 1; seq <= 3; ++seq) CHECK(crowd.sender().next("ack")["seq"].number() == seq);
}

TEST_CASE("what is said to a crowd waits for 250 ms at the longest") {
  Crowd crowd;
  crowd.say(1);
  crowd.cluster.run(240ms);
  CHECK(crowd.listener().all().empty());
  crowd.cluster.run(10ms);
  CHECK(crowd.heard(crowd.listener()) == std::vector{1});
}

TEST_CASE("no more is gathered for a crowd than each of it could be given a copy of") {
  Crowd crowd;
  crowd.say(2, 6'000);
  CHECK(crowd.listener().all().empty());
  crowd.say(1, 6'000);
  CHECK(crowd.heard(crowd.listener()) == std::vector{1, 2, 3});
  crowd.say(1, 6'000);
  CHECK(crowd.listener().all().empty());
  crowd.cluster.sinks_refer = false;
  crowd.cluster.turn();
  CHECK(crowd.heard(crowd.listener()) == std::vector{4});
}

TEST_CASE("typing that is gathered for a crowd is bounded, too") {
  Crowd crowd;
  const std::string typing =
      R"({"type":"typing.start","chat_id":")" + crowd.cluster.chat().text() + R"("})";
  const std::string stopped =
      R"({"type":"typing.stop","chat_id":")" + crowd.cluster.chat().text() + R"("})";
  int sent = 0;
  while (crowd.listener().all().empty() && sent < 1'000) {
    crowd.sender().send(++sent % 2 == 1 ? typing : stopped);
    crowd.cluster.turn();
  }
  CHECK(sent > 20);
  CHECK(sent < 300);
}

TEST_CASE("one who comes while something waits for the crowd is told it once") {
  Crowd crowd;
  crowd.say(2);
  auto newcomer = crowd.cluster.join(0, 3);
  newcomer->all();
  newcomer->send(subscribe_frame(crowd.cluster.chat(), "s", 0));
  crowd.cluster.settle();
  CHECK(crowd.heard(crowd.listener()) == std::vector{1, 2});  // its joining has written to all
  crowd.say(1);
  CHECK(crowd.listener().all().empty());
  crowd.cluster.sinks_refer = false;
  crowd.cluster.turn();
  CHECK(crowd.heard(*newcomer) == std::vector{1, 2, 3});
  CHECK(crowd.heard(crowd.listener()) == std::vector{3});
}

TEST_CASE("few do not wait behind a crowd") {
  Crowd crowd;
  auto one = crowd.cluster.follow(0, 0, crowd.cluster.chat(1));
  auto other = crowd.cluster.follow(0, 1, crowd.cluster.chat(1));
  crowd.say(1);
  one->send(message_frame(crowd.cluster.chat(1), "few", "hello"));
  crowd.cluster.settle();
  CHECK(crowd.heard(*other) == std::vector{1});
  CHECK(crowd.listener().all().empty());
}
