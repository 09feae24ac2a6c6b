// A set of numbers that mostly come in a row: kept as ranges, so that a client that has seen a
// million in order costs as much as one that has seen two.
#pragma once

#include <map>

#include "tests/history/names.h"

namespace kith::test {

struct Range {
  Seq from = 0;
  Seq to = 0;  // inclusive

  bool operator==(const Range&) const = default;
};

class Ranges {
 public:
  void add(Range range);
  void add(Seq seq) { add({seq, seq}); }
  bool has(Seq seq) const;
  // The first number of `range` that is in the set, or is not in it; 0: there is none.
  Seq first_in(Range range) const;
  Seq first_missing(Range range) const;

 private:
  std::map<Seq, Seq> ranges_;  // from -> to; they neither overlap nor touch
};

}  // namespace kith::test
