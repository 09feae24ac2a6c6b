#include "bench/verify.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>

namespace kith::bench {

namespace {

// By ranges from -> to.
bool holds(const std::map<Seq, Seq>& ranges, Seq seq) {
  const auto behind = ranges.upper_bound(seq);
  return behind != ranges.begin() && seq <= std::prev(behind)->second;
}

}  // namespace

std::uint64_t fingerprint(std::string_view id) {
  if (id.empty()) return 0;
  const std::uint64_t hash = std::hash<std::string_view>{}(id);
  return hash == 0 ? 1 : hash;
}

Verdict& Verdict::operator+=(const Verdict& other) {
  lost += other.lost;
  doubled += other.doubled;
  reordered += other.reordered;
  altered += other.altered;
  not_come += other.not_come;
  return *this;
}

ChatWitness::Entry& ChatWitness::at(Seq seq) {
  if (entries_.empty()) first_ = seq;
  if (seq < first_) {
    entries_.insert(entries_.begin(), static_cast<std::size_t>(first_ - seq), Entry{});
    first_ = seq;
  }
  const auto index = static_cast<std::size_t>(seq - first_);
  if (index >= entries_.size()) entries_.resize(index + 1);
  return entries_[index];
}

const ChatWitness::Entry* ChatWitness::find(Seq seq) const {
  if (entries_.empty() || seq < first_ || seq - first_ >= entries_.size()) return nullptr;
  return &entries_[static_cast<std::size_t>(seq - first_)];
}

ChatWitness::Entry& ChatWitness::put(const Seen& seen) {
  Entry& entry = at(seen.seq);
  if (entry.message != 0) {
    if (seen.message != 0 && seen.message != entry.message) ++altered_;
    return entry;
  }
  if (seen.message == 0) return entry;
  entry.message = seen.message;
  entry.client_message = seen.client_message;
  if (seen.client_message != 0) {
    const auto [known, fresh] = by_client_message_.try_emplace(seen.client_message, seen.seq);
    if (!fresh && known->second != seen.seq) ++doubled_;
  }
  return entry;
}

void ChatWitness::note(const Seen& seen) {
  put(seen);
}

void ChatWitness::note_ack(const Seen& seen) {
  put(seen).acked = true;
  acked_max_ = std::max(acked_max_, seen.seq);
}

void ChatWitness::merge(const ChatWitness& other) {
  doubled_ += other.doubled_;
  altered_ += other.altered_;
  for (std::size_t i = 0; i < other.entries_.size(); ++i) {
    const Entry& entry = other.entries_[i];
    // An edit or a reaction names no message, and was acked all the same.
    if (entry.message == 0 && !entry.acked) continue;
    Entry& mine = put({.seq = other.first_ + i,
                       .message = entry.message,
                       .client_message = entry.client_message});
    mine.acked = mine.acked || entry.acked;
  }
  acked_max_ = std::max(acked_max_, other.acked_max_);
}

bool ChatWitness::acked(Seq seq) const {
  const Entry* entry = find(seq);
  return entry != nullptr && entry->acked;
}

bool ChatWitness::is_message(Seq seq) const {
  const Entry* entry = find(seq);
  return entry != nullptr && entry->message != 0;
}

void ReceiverTrack::hole(Seq from, Seq to) {
  if (from <= to) missing_[from] = to;
}

bool ReceiverTrack::fill(std::map<Seq, Seq>& ranges, Seq seq) {
  auto range = ranges.upper_bound(seq);
  if (range == ranges.begin()) return false;
  --range;
  const auto [from, to] = *range;
  if (seq > to) return false;
  ranges.erase(range);
  if (from < seq) ranges[from] = seq - 1;
  if (seq < to) ranges[seq + 1] = to;
  return true;
}

// A log that is behind what it has already shown, or acked, has lost something.
void ReceiverTrack::answered(Seq log_end) {
  if (log_end < position_) ++verdict_.altered;
  const Seq known = std::max(position_, asked_);
  if (log_end < known) forgotten_ = std::max(forgotten_, known);
  position_ = log_end;
}

void ReceiverTrack::subscribed(Seq seq) {
  live_ = true;
  if (!attached_) {
    attached_ = true;
    position_ = seq;
    return answered(seq);
  }
  hole(position_ + 1, seq);
  answered(seq);
}

void ReceiverTrack::subscribed_with_gap(Seq seq, Gap gap) {
  if (!attached_) return subscribed(seq);
  live_ = true;
  // What lies before the announced gap and did not come is a hole like any other.
  hole(position_ + 1, std::min(gap.from - 1, seq));
  forget_ahead(seq);
  const Seq from = std::max(gap.from, position_ + 1);
  if (from <= seq) gaps_[from] = seq;
  gap_open_ = !gaps_.empty();
  answered(seq);
}

Seq ReceiverTrack::history_after() const {
  for (const auto& [from, to] : gaps_) {
    if (to > history_read_) return std::max(from - 1, history_read_);
  }
  return position_;
}

void ReceiverTrack::attaching() {
  live_ = false;
  forget_ahead(std::numeric_limits<Seq>::max());
}

// They stood outside of the stream: it brings them once more, or names a gap.
void ReceiverTrack::forget_ahead(Seq up_to) {
  while (!ahead_.empty() && ahead_.begin()->first <= up_to) {
    own_by_ack_.erase(ahead_.begin()->first);
    ahead_.erase(ahead_.begin());
  }
}

// Everything up to `seq` has come or is a hole, and so is what was acked right behind it.
void ReceiverTrack::move_to(Seq seq) {
  for (auto next = ahead_.begin(); next != ahead_.end() && next->first <= seq + 1;) {
    const bool passed = next->first <= seq;
    // Of what it was ahead of, the rest is a hole; late where it still comes.
    next->second.late_to = passed ? position_ : seq;
    seq = std::max(seq, next->first);
    overtaken_.push_back(next->second);
    next = ahead_.erase(next);
  }
  position_ = seq;
}

bool ReceiverTrack::filled_late(Seq seq) {
  if (!fill(missing_, seq)) return false;
  late_.insert(seq);
  return true;
}

void ReceiverTrack::event(ChatWitness& witness, const Seen& seen) {
  witness.note(seen);
  if (!attached_) return;
  if (seen.seq > position_) {
    // It was acked outside of the stream.
    if (ahead_.erase(seen.seq) > 0) own_by_ack_.erase(seen.seq);
    Seq from = position_ + 1;
    for (const auto& [acked, ahead] : ahead_) {
      if (acked > seen.seq) break;
      hole(from, acked - 1);
      from = acked + 1;
    }
    hole(from, seen.seq - 1);
    return move_to(seen.seq);
  }
  if (filled_late(seen.seq)) return;
  const auto own = own_by_ack_.find(seen.seq);
  if (own != own_by_ack_.end() && own->second == seen.message) {
    own_by_ack_.erase(own);
    return;
  }
  ++verdict_.doubled;
}

void ReceiverTrack::ack(ChatWitness& witness, const Seen& seen, bool duplicate) {
  witness.note_ack(seen);
  if (duplicate || !live_) return;
  if (seen.seq <= position_) {
    if (filled_late(seen.seq)) own_by_ack_.emplace(seen.seq, seen.message);
    return;
  }
  own_by_ack_.emplace(seen.seq, seen.message);
  if (seen.seq == position_ + 1) return move_to(seen.seq);
  ahead_.try_emplace(seen.seq, Ahead{.seq = seen.seq, .base = position_});
}

// Where the event of an ack came as well, the ack stood outside of the stream and has overtaken
// nothing. Where it never came, the ack was its place, and what it was ahead of came late.
std::uint64_t ReceiverTrack::reordered() const {
  std::set<Seq> late = late_;
  std::set<Seq> acked_before;
  for (const Ahead& ahead : overtaken_) {
    for (Seq seq = ahead.base + 1; own_by_ack_.contains(ahead.seq) && seq <= ahead.late_to; ++seq) {
      if (!acked_before.contains(seq) && !holds(missing_, seq)) late.insert(seq);
    }
    acked_before.insert(ahead.seq);
  }
  return late.size();
}

bool ReceiverTrack::history(ChatWitness& witness, const Seen& seen) {
  witness.note(seen);
  return fill(gaps_, seen.seq);
}

Verdict ReceiverTrack::finish(const ChatWitness& everybody) const {
  Verdict verdict = verdict_;
  verdict.reordered = reordered();
  if (!attached_) return verdict;  // it followed nothing, so it can have missed nothing
  for (const auto& [from, to] : missing_) verdict.lost += to - from + 1;
  for (const auto& [from, to] : gaps_) {
    // Numbers of a gap that belong to no message are not in a history, and are not missed.
    for (Seq seq = from; seq <= to; ++seq) {
      if (!everybody.is_message(seq)) continue;
      ++(seq <= history_read_ ? verdict.lost : verdict.not_come);
    }
  }
  for (Seq seq = position_ + 1; seq <= everybody.acked_max(); ++seq) {
    if (!everybody.acked(seq) || ahead_.contains(seq)) continue;
    ++(seq <= forgotten_ ? verdict.lost : verdict.not_come);
  }
  return verdict;
}

std::uint64_t ReceiverTrack::verified(const ChatWitness& everybody, Seq after) const {
  std::uint64_t count = 0;
  for (Seq seq = after + 1; seq <= std::min(position_, everybody.acked_max()); ++seq) {
    count += everybody.acked(seq) && !holds(missing_, seq) && !holds(gaps_, seq) ? 1 : 0;
  }
  return count;
}

}  // namespace kith::bench
