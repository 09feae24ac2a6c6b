// The model of the bus: between the shards of a node it is quick, between nodes it loses, repeats,
// delays and reorders, is cut in two, and now and then forgets the end of a burst.
//
// Presence does not cross nodes: who is where is a registry's knowledge, and each node has its own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "engine/ports/bus.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/scheduler.h"

namespace kith::simulation {

class BusModel;

// One shard's end.
class BusEnd final : public Bus {
 public:
  BusEnd(BusModel& model, std::uint32_t node, std::uint32_t shard)
      : node(node), shard(shard), model_(model) {}

  void follow(const ChannelId& channel) override { followed_.insert(channel); }
  void unfollow(const ChannelId& channel) override { followed_.erase(channel); }
  void publish(BusEventPtr event) override { published_.push_back(std::move(event)); }
  bool reaches_others() const override;
  void flush() override;
  bool ill() const override;

  bool follows(const ChannelId& channel) const { return followed_.contains(channel); }
  bool muted = false;  // a dying shard: nothing of what it says gets out

  const std::uint32_t node;
  const std::uint32_t shard;
  std::vector<BusEventPtr> arrived;
  std::function<void()> wake;

 private:
  BusModel& model_;
  std::set<ChannelId> followed_;
  std::vector<BusEventPtr> published_;
};

class BusModel {
 public:
  BusModel(Scheduler& scheduler, const Plan& plan, Random random)
      : scheduler_(scheduler), plan_(plan), random_(random) {}

  std::unique_ptr<BusEnd> make_end(std::uint32_t node, std::uint32_t shard);
  void remove(BusEnd& end);

  // The nodes whose bits are set do not reach the others until then.
  void partition(std::uint64_t side, Time until, bool known);
  // Everything between nodes is lost until then: the tail of what is being said.
  void swallow(Time until) { swallow_until_ = until; }
  // Nothing durable reaches any other shard, nor what a board has come to, within a node or beyond,
  // while it is so.
  void lose_all(bool loses) { loses_all_ = loses; }
  // What this shard has on its way to others is lost (true) or arrives all the same.
  void shard_died(const BusEnd& end, bool loses);
  void heal();

  void send(const BusEnd& from, const BusEventPtr& event);
  bool ill() const { return scheduler_.now() < known_until_; }
  std::size_t ends() const { return ends_.size(); }

 private:
  struct Path {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    auto operator<=>(const Path&) const = default;
  };
  static std::uint32_t index(const BusEnd& end) { return end.node * 64 + end.shard; }
  bool is_cut(std::uint32_t from, std::uint32_t to) const;
  void carry(const BusEnd& from, const BusEnd& to, const BusEventPtr& event, bool faulty);
  void arrive(std::uint32_t to, std::uint64_t life, const BusEventPtr& event);

  Scheduler& scheduler_;
  const Plan& plan_;
  Random random_;
  bool calm_ = false;
  bool loses_all_ = false;
  struct End {
    BusEnd* end = nullptr;
    std::uint64_t life = 0;  // of the shard that has this place now
  };
  std::map<std::uint32_t, End> ends_;
  std::map<Path, Time> last_arrival_;
  std::uint64_t lives_ = 0;
  std::set<std::uint64_t> silenced_;  // lives whose messages are lost on their way
  std::uint64_t side_ = 0;
  Time partition_until_{};
  Time known_until_{};
  Time swallow_until_{};
};

}  // namespace kith::simulation
