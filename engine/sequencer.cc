#include "engine/sequencer.h"

namespace kith {

void Sequencer::open(Seq delivered) {
  open_ = true;
  delivered_ = delivered;
  note_head(delivered);
  held_.erase(held_.begin(), held_.upper_bound(delivered));
}

Sequencer::Verdict Sequencer::offer(Sequenced& item) {
  const Seq seq = item.event->seq;
  if (open_ && seq <= delivered_) return Verdict::repeat;
  if (held_.contains(seq)) return Verdict::repeat;
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
