#include "tests/history/ranges.h"

#include <algorithm>
#include <iterator>

namespace kith::test {

void Ranges::add(Range range) {
  if (range.from > range.to) return;
  auto next = ranges_.upper_bound(range.from);
  if (next != ranges_.begin()) {
    const auto before = std::prev(next);
    if (before->second + 1 >= range.from) {
      if (before->second >= range.to) return;
      range.from = before->first;
      next = before;
    }
  }
  while (next != ranges_.end() && next->first <= range.to + 1) {
    range.to = std::max(range.to, next->second);
    if (next->first == range.from) {
      // The usual case, the next number of a row: no node is made.
      next->second = range.to;
      const auto kept = next++;
      while (next != ranges_.end() && next->first <= kept->second + 1) {
        kept->second = std::max(kept->second, next->second);
        next = ranges_.erase(next);
      }
      return;
    }
    next = ranges_.erase(next);
  }
  ranges_.emplace(range.from, range.to);
}

bool Ranges::has(Seq seq) const {
  return first_in({seq, seq}) == seq;
}

Seq Ranges::first_in(Range range) const {
  if (range.from > range.to) return 0;
  auto next = ranges_.upper_bound(range.from);
  if (next != ranges_.begin() && std::prev(next)->second >= range.from) return range.from;
  return next != ranges_.end() && next->first <= range.to ? next->first : 0;
}

Seq Ranges::first_missing(Range range) const {
  if (range.from > range.to) return 0;
  auto next = ranges_.upper_bound(range.from);
  if (next == ranges_.begin() || std::prev(next)->second < range.from) return range.from;
  const Seq after = std::prev(next)->second + 1;
  return after <= range.to ? after : 0;
}

}  // namespace kith::test
