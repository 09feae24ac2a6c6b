// The end of the right to a club's or an event's channel: cut at the same number on every shard
// (PROTOCOL section 4, invariant I7), and state events of a user's own channel.
#include "tests/engine/club_log.h"

using namespace kith;
using namespace kith::test;

namespace {

struct ClubCluster {
  explicit ClubCluster(ClusterOptions options = {.shards = 2})
      : cluster(with_club(club, ports, std::move(options))) {
    for (std::size_t user = 0; user < 3; ++user) club.members.insert(cluster.identity(user).key);
  }
  std::unique_ptr<Client> follow(std::size_t shard, std::size_t user) {
    auto client = cluster.join(shard, user);
    client->send(subscribe_frame(club.id, "follow"));
    cluster.settle();
    REQUIRE(client->types().find("subscribed@") != std::string::npos);
    return client;
  }
  void publish(std::size_t shard, DurableEvent event) {
    std::vector<DurableEvent> events;
    events.push_back(std::move(event));
    cluster.shard(shard).engine.publish(std::move(events));
  }

  ClubChannel club;
  std::vector<std::unique_ptr<ClubLogPort>> ports;
  Cluster cluster;
};

}  // namespace

TEST_CASE("who leaves a club gets their own leaving, nothing numbered after it, on either shard") {
  for (const EventType type : {EventType::club_leave, EventType::event_leave}) {
    ClubCluster at;
    auto here = at.follow(0, 1);
    auto there = at.follow(1, 1);
    auto stays = at.follow(1, 2);
    // All within one turn: before, the end, and after it.
    at.publish(0, at.club.post("before"));
    at.publish(0, at.club.leave(at.cluster.identity(1), type));
    at.publish(0, at.club.post("after"));
    at.cluster.settle();
    const std::string leave(to_string(type));
    CHECK(here->types() == "club.post " + leave + " unsubscribed");
    CHECK(there->types() == "club.post " + leave + " unsubscribed");
    CHECK(stays->types() == "club.post " + leave + " club.post");
    CHECK(here->transcript.find(R"("code":"forbidden")") != std::string::npos);
    here->send(subscribe_frame(at.club.id, "1", 0));
    at.cluster.settle();
    CHECK(here->next()["code"].text() == "forbidden");
  }
}

TEST_CASE("a bad bus does not carry a club's events past the end of the right") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    ClubCluster at({.shards = 2, .seed = seed});
    at.cluster.hub.faults = {.lose = 300, .repeat = 300, .delay = 500};
    auto there = at.follow(1, 1);
    auto stays = at.follow(1, 2);
    for (int i = 0; i < 10; ++i) {
      at.publish(0, at.club.post(std::to_string(i)));
      if (i == 5) at.publish(0, at.club.leave(at.cluster.identity(1)));
      at.cluster.run(20ms);
    }
    at.cluster.run(3s);
    const auto last_seq = [](Client& client) {
      Seq position = 0;
      for (const Json& frame : client.all()) {
        if (frame["seq"].present()) CHECK(static_cast<Seq>(frame["seq"].number()) == ++position);
      }
      return position;
    };
    CHECK(last_seq(*there) == 7);
    CHECK(last_seq(*stays) == 11);
  }
}

TEST_CASE("who is still being attached when the right ends does not get in") {
  ClubCluster at;
  auto late = at.cluster.join(1, 1);
  late->send(subscribe_frame(at.club.id, "late", 0));
  at.publish(0, at.club.post("one"));
  at.publish(0, at.club.leave(at.cluster.identity(1)));
  at.publish(0, at.club.post("two"));
  at.cluster.settle();
  CHECK(late->transcript.find("two") == std::string::npos);
  CHECK(late->transcript.find("forbidden") != std::string::npos);
}

TEST_CASE("who joins later and follows clubs is subscribed; who does not follow them is not") {
  ClubCluster at;
  at.club.members.clear();
  auto follows = at.cluster.join(0, 1, R"(,"follow":["clubs"])");
  auto does_not = at.cluster.join(1, 1, R"(,"follow":["events"])");
  at.club.members.insert(at.cluster.identity(1).key);
  const Identity who = at.cluster.identity(1);
  DurableEvent told;
  told.type = EventType::notification_new;
  told.channel = who.user;
  told.seq = at.cluster.log(who.user).size() + 1;
  told.user = who.user;
  told.payload = R"({"type":"club.joined","payload":{"club_id":")" + at.club.id.text() + R"("}})";
  at.publish(0, std::move(told));
  at.cluster.settle();
  CHECK(follows->next("notification.new").present());
  CHECK(follows->next("subscribed")["channel"].text() == at.club.id.text());
  CHECK(does_not->next("notification.new").present());
  CHECK(does_not->types().empty());
}
