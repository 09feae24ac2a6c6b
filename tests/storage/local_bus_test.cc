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

TEST_CASE("other nodes are told of channels that some shard follows, and get every turn") {
  struct Uplink final : BusUplink {
    void follow(const ChannelId& channel) override { log.push_back("+" + channel.text()); }
    void unfollow(const ChannelId& channel) override { log.push_back("-" + channel.text()); }
    void publish(const std::vector<BusEventPtr>& events) override {
      for (const BusEventPtr& each : events) published.push_back(each->seq);
    }
    bool ill() const override { return is_ill; }
    std::vector<std::string> log;
    std::vector<Seq> published;
    bool is_ill = false;
  } uplink;
  LocalBusHub hub;
  hub.set_uplink(uplink);
  Shard a(hub);
  CHECK(a.bus->reaches_others());
  a.bus->follow(kRoom);
  a.bus->follow(kRoom);
  Shard b(hub);
  b.bus->follow(kRoom);
  b.bus->follow(kOther);
  a.bus->unfollow(kRoom);
  CHECK(uplink.log == std::vector{"+" + kRoom.text(), "+" + kOther.text()});
  b.bus->unfollow(kRoom);
  b.bus->unfollow(kRoom);
  CHECK(uplink.log.back() == "-" + kRoom.text());
  a.bus->publish(event(kOther, 1));
  a.bus->publish(event(kRoom, 2));
  a.bus->flush();
  CHECK(b.take() == std::vector<Seq>{1});
  CHECK(uplink.published == std::vector<Seq>{1, 2});
  uplink.is_ill = true;
  CHECK(a.bus->ill());
  b.bus.reset();
  CHECK(uplink.log.back() == "-" + kOther.text());
}

TEST_CASE("what other nodes send reaches all shards that follow it, and is bounded") {
  LocalBusHub hub;
  Shard a(hub), b(hub), c(hub);
  a.bus->follow(kRoom);
  b.bus->follow(kRoom);
  CHECK(hub.deliver({event(kRoom, 1), event(kOther, 2)}) == 0);
  CHECK(a.take() == std::vector<Seq>{1});
  CHECK(b.take() == std::vector<Seq>{1});
  CHECK(c.take().empty());
  hub.tell_healed();
  CHECK(a.take().empty());
  CHECK(a.healed == 1);
  // A shard that does not come to it: what is too much for it is dropped, for it alone.
  auto large = std::make_shared<BusEvent>();
  large->channel = kRoom;
  large->frame = std::string(LocalBusHub::kWaitingBytesMax / 3, 'x');
  CHECK(hub.deliver({large, large}) == 0);
  b.take();
  CHECK(hub.deliver({large}) == 1);
  CHECK(b.take().size() == 1);
  CHECK(a.take().size() == 2);
  CHECK(hub.deliver({large}) == 0);
}

}  // namespace kith
