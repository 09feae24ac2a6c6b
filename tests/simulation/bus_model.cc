#include "tests/simulation/bus_model.h"

#include <utility>

namespace kith::simulation {

using namespace std::chrono_literals;

namespace {

constexpr Time kTypingHeldBack = 20s;  // Mutation::late_typing: it ends by itself after 5

}  // namespace

bool BusEnd::reaches_others() const {
  return model_.ends() > 1;
}

void BusEnd::flush() {
  for (const BusEventPtr& event : std::exchange(published_, {})) {
    if (!muted) model_.send(*this, event);
  }
}

bool BusEnd::ill() const {
  return model_.ill();
}

std::unique_ptr<BusEnd> BusModel::make_end(std::uint32_t node, std::uint32_t shard) {
  auto end = std::make_unique<BusEnd>(*this, node, shard);
  ends_[index(*end)] = {end.get(), ++lives_};
  return end;
}

void BusModel::remove(BusEnd& end) {
  ends_.erase(index(end));
}

void BusModel::partition(std::uint64_t side, Time until, bool known) {
  side_ = side;
  partition_until_ = until;
  if (known) known_until_ = until;
}

void BusModel::shard_died(const BusEnd& end, bool loses) {
  if (loses) silenced_.insert(ends_.at(index(end)).life);
}

void BusModel::heal() {
  calm_ = true;
  partition_until_ = known_until_ = swallow_until_ = Time{};
}

bool BusModel::is_cut(std::uint32_t from, std::uint32_t to) const {
  return scheduler_.now() < partition_until_ && (side_ >> from & 1U) != (side_ >> to & 1U);
}

void BusModel::send(const BusEnd& from, const BusEventPtr& event) {
  for (const auto& [place, end] : ends_) {
    if (end.end == &from || !end.end->follows(event->channel)) continue;
    const bool local = end.end->node == from.node;
    if (event->kind == BusKind::presence) {
      if (local) carry(from, *end.end, event, false);
      continue;
    }
    carry(from, *end.end, event, !local || plan_.local_faults);
  }
}

void BusModel::carry(const BusEnd& from, const BusEnd& to, const BusEventPtr& event, bool faulty) {
  const bool kept = event->kind == BusKind::durable || event->kind == BusKind::board;
  if (loses_all_ && kept) return;
  const bool swallowed = faulty && scheduler_.now() < swallow_until_;
  if (swallowed || is_cut(from.node, to.node)) return;
  const std::uint64_t life = ends_.at(index(from)).life;
  const std::uint64_t receiver = ends_.at(index(to)).life;
  int copies = 1;
  if (faulty && !calm_) {
    if (random_.chance(plan_.fault(Fault::bus_drop))) --copies;
    if (random_.chance(plan_.fault(Fault::bus_repeat))) ++copies;
  }
  for (; copies > 0; --copies) {
    Time& last = last_arrival_[{index(from), index(to)}];
    Time arrival = scheduler_.now() +
                   (from.node == to.node ? random_.time(5us, 200us) : random_.time(100us, 3ms));
    arrival = last = std::max(last, arrival);
    if (faulty && !calm_ && random_.chance(plan_.fault(Fault::bus_delay))) {
      arrival += random_.chance(100) ? random_.time(50ms, 700ms) : random_.time(1ms, 60ms);
    }
    if (plan_.mutation == Mutation::late_typing && event->kind == BusKind::typing) {
      arrival += kTypingHeldBack;
    }
    scheduler_.at(arrival, [this, place = index(to), receiver, life, event] {
      if (!silenced_.contains(life)) arrive(place, receiver, event);
    });
  }
}

void BusModel::arrive(std::uint32_t to, std::uint64_t life, const BusEventPtr& event) {
  const auto at = ends_.find(to);
  if (at == ends_.end() || at->second.life != life) return;
  at->second.end->arrived.push_back(event);
  at->second.end->wake();
}

}  // namespace kith::simulation
