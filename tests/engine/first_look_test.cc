// A shard's first look at the log tells it where that stands, and nothing of what lies before.
#include "tests/engine/cluster.h"

using namespace kith;
using namespace kith::test;

TEST_CASE("what a shard missed before it could first look at the log comes with that look") {
  Cluster cluster;
  cluster.storage->set_faults([](MemoryRequest) { return MemoryFault::refuse; });
  cluster.shards.push_back(std::make_unique<Shard>(
      *cluster.storage, cluster.hub, cluster.presence, cluster.quota,
      EngineOptions{.epoch = cluster.epoch}, std::function<Outside(TaskQueue&)>()));
  cluster.run(100ms);  // its first look is refused
  cluster.storage->set_faults({});
  auto client = cluster.follow(1, 1, cluster.chat());
  cluster.append_elsewhere(0, cluster.chat(), "lost");
  cluster.run(1500ms);
  CHECK(client->next("message.new")["seq"].number() == 1);
}
