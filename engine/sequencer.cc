#include "engine/sequencer.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kith {

std::vector<Sequenced> Sequencer::open(Seq delivered) {
  open_ = true;
  delivered_ = opened_at_ = delivered;
  note_head(delivered);
  const auto end = std::find_if(held_.begin(), held_.end(),
                                [&](const Sequenced& item) { return item.event->seq > delivered; });
  std::vector<Sequenced> passed(std::make_move_iterator(held_.begin()),
                                std::make_move_iterator(end));
  held_.erase(held_.begin(), end);
  return passed;
}

std::vector<Sequenced> Sequencer::drop_held() {
  return std::exchange(held_, {});
}

Sequencer::Verdict Sequencer::offer(Sequenced& item) {
  const Seq seq = item.event->seq;
  if (open_ && seq <= delivered_) return Verdict::repeat;
  const auto held =
      std::lower_bound(held_.begin(), held_.end(), seq,
                       [](const Sequenced& one, Seq wanted) { return one.event->seq < wanted; });
  if (held != held_.end() && held->event->seq == seq) {
    if (item.origin && !held->origin) {
      held->origin = std::exchange(item.origin, std::nullopt);
      held->ack = std::exchange(item.ack, {});
    }
    return Verdict::repeat;
  }
  note_head(seq);
  const bool next = open_ && seq == delivered_ + 1;
  if (!next && held_.size() >= kHeldMax) return Verdict::overflow;
  held_.insert(held, std::move(item));
  return next ? Verdict::ready : Verdict::held;
}

std::optional<Sequenced> Sequencer::take_ready() {
  if (!open_ || held_.empty() || first_held() != delivered_ + 1) return std::nullopt;
  Sequenced item = std::move(held_.front());
  held_.erase(held_.begin());
  ++delivered_;
  return item;
}

bool Sequencer::has_hole() const {
  if (!open_ || head_ <= delivered_) return false;
  return held_.empty() || first_held() > delivered_ + 1;
}

}  // namespace kith
