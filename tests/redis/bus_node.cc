#include "tests/redis/bus_node.h"

#include <numeric>

#include "protocol/event.h"
#include "tests/support/await.h"

namespace kith::test {

void await(const char* what, const std::function<bool()>& holds,
           std::chrono::milliseconds patience) {
  REQUIRE_MESSAGE(await_condition(Clock::now() + patience, 2ms, holds),
                  "in vain: " << std::string(what));
}

void BusShard::post(std::vector<Task> tasks) {
  const std::lock_guard lock(mutex_);
  for (Task& task : tasks) tasks_.push_back(std::move(task));
}

void BusShard::pump() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (Task& task : tasks) task();
}

std::vector<Seq> BusShard::take(std::size_t count) {
  await("events", [&] {
    pump();
    return got.size() >= count;
  });
  std::vector<Seq> out;
  for (const BusEventPtr& event : std::exchange(got, {})) out.push_back(event->seq);
  return out;
}

void BusShard::publish(const ChannelId& channel, Seq seq, std::size_t bytes) {
  auto made = std::make_shared<BusEvent>();
  made->channel = channel;
  made->seq = seq;
  append_text_frame(made->frame, std::string(bytes, 'x'));
  bus->publish(std::move(made));
  bus->flush();
}

BusNode::BusNode(const RedisAddress& address, const Options& options) {
  auto opened = RedisBus::open(address,
                               {.epoch = options.epoch,
                                .queue = options.queue,
                                .times = options.times,
                                .on_notice =
                                    [this](const BusNotice& notice) {
                                      const std::lock_guard lock(mutex_);
                                      const char* kind =
                                          notice.kind == BusNotice::Kind::healthy ? "healthy"
                                          : notice.kind == BusNotice::Kind::ill   ? "ill: "
                                                                                  : "refused: ";
                                      notices_.push_back(kind + notice.reason);
                                    }},
                               hub, presence);
  REQUIRE(opened.ok());
  redis = std::move(*opened);
  for (std::size_t i = 0; i < options.shards; ++i) {
    shards.push_back(std::make_unique<BusShard>(hub));
  }
}

BusNode::~BusNode() {
  redis->close();
  shards.clear();
}

void BusNode::await_healthy() {
  await("a healthy bus", [this] { return !redis->ill(); });
}

void BusNode::await_ill(std::chrono::milliseconds patience) {
  await(
      "an ill bus", [this] { return redis->ill(); }, patience);
}

void BusNode::await_subscriptions(std::uint64_t count) {
  await("subscriptions", [&] { return !redis->ill() && stats().subscriptions == count; });
}

std::vector<std::string> BusNode::notices() const {
  const std::lock_guard lock(mutex_);
  return notices_;
}

std::vector<Seq> numbers(Seq first, Seq last) {
  std::vector<Seq> out(last - first + 1);
  std::iota(out.begin(), out.end(), first);
  return out;
}

}  // namespace kith::test
