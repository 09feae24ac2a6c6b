#include "engine/sequencer.h"

#include <utility>

namespace kith {

std::vector<Sequenced> Sequencer::open(Seq delivered) {
  open_ = true;
  delivered_ = delivered;
  note_head(delivered);
  std::vector<Sequenced> passed;
  while (!held_.empty() && held_.begin()->first <= delivered) {
    passed.push_back(std::move(held_.begin()->second));
    held_.erase(held_.begin());
  }
  return passed;
}

std::vector<Sequenced> Sequencer::drop_held() {
  std::vector<Sequenced> dropped;
  for (auto& [seq, item] : std::exchange(held_, {})) dropped.push_back(std::move(item));
  return dropped;
}

Sequencer::Verdict Sequencer::offer(Sequenced& item) {
  const Seq seq = item.event->seq;
  if (open_ && seq <= delivered_) return Verdict::repeat;
  if (const auto held = held_.find(seq); held != held_.end()) {
    if (item.origin && !held->second.origin) {
      held->second.origin = std::exchange(item.origin, std::nullopt);
      held->second.ack = std::exchange(item.ack, {});
    }
    return Verdict::repeat;
  }
  note_head(seq);
  const bool next = open_ && seq == delivered_ + 1;
  if (!next && held_.size() >= kHeldMax) return Verdict::overflow;
  held_.emplace(seq, std::move(item));
  return next ? Verdict::ready : Verdict::held;
}

std::optional<Sequenced> Sequencer::take_ready() {
  if (!open_ || held_.empty() || held_.begin()->first != delivered_ + 1) return std::nullopt;
  Sequenced item = std::move(held_.begin()->second);
  held_.erase(held_.begin());
  ++delivered_;
  return item;
}

bool Sequencer::has_hole() const {
  if (!open_ || head_ <= delivered_) return false;
  return held_.empty() || held_.begin()->first > delivered_ + 1;
}

Seq Sequencer::hole_end() const {
  if (!has_hole()) return delivered_;
  return held_.empty() ? head_ : held_.begin()->first - 1;
}

}  // namespace kith
