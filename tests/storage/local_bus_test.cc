#include "storage/local_bus.h"

#include <doctest/doctest.h>

#include "store_fixture.h"

namespace kith {
namespace {

struct Shard final : Bus::Receiver {
  explicit Shard(LocalBusHub& hub) : bus(hub.for_shard(queue)) { bus->set_receiver(*this); }
  void on_bus_event(const BusEventPtr& event) override { got.push_back(event->seq); }
  void on_bus_healed() override { ++healed; }
  std::vector<Seq> take() {
    queue.pump();
    return std::exchange(got, {});
  }

  PumpedQueue queue;
  std::vector<Seq> got;
  int healed = 0;
  std::unique_ptr<LocalBus> bus;
};

BusEventPtr event(const ChannelId& channel, Seq seq) {
  auto made = std::make_shared<BusEvent>();
  made->channel = channel;
  made->seq = seq;
  return made;
}

const ChannelId kRoom(IdKind::chat, Uuid{1});
const ChannelId kOther(IdKind::chat, Uuid{2});

}  // namespace

TEST_CASE("events reach the shards that follow the channel, in order, and not their sender") {
  LocalBusHub hub;
  Shard a(hub), b(hub), c(hub);
  a.bus->follow(kRoom);
  b.bus->follow(kRoom);
  c.bus->follow(kOther);
  for (Seq seq = 1; seq <= 3; ++seq) a.bus->publish(event(kRoom, seq));
  CHECK(b.take().empty());  // nothing before the end of the turn
  a.bus->flush();
  CHECK(a.take().empty());
  CHECK(b.take() == std::vector<Seq>{1, 2, 3});
  CHECK(c.take().empty());
  CHECK_FALSE(a.bus->ill());
}

TEST_CASE("a shard that stopped following gets nothing more") {
  LocalBusHub hub;
  Shard a(hub), b(hub);
  b.bus->follow(kRoom);
  b.bus->follow(kOther);
  b.bus->unfollow(kRoom);
  b.bus->unfollow(kRoom);
  a.bus->publish(event(kRoom, 1));
  a.bus->publish(event(kOther, 2));
  a.bus->flush();
  CHECK(b.take() == std::vector<Seq>{2});
}

TEST_CASE("a shard that went does not get what was on its way") {
  LocalBusHub hub;
  Shard a(hub), b(hub);
  b.bus->follow(kRoom);
  a.bus->publish(event(kRoom, 1));
  a.bus->flush();
  b.bus.reset();
  CHECK(b.take() == std::vector<Seq>{});
  a.bus->publish(event(kRoom, 2));
  a.bus->flush();
  CHECK(b.take().empty());
}

}  // namespace kith
