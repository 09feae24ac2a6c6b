// The log as it is read at the end, against what was acked and seen on the way (C1, C3, C6).
#pragma once

#include "tests/history/facts.h"

namespace kith::test {

class LogCheck {
 public:
  LogCheck(Facts& facts, Reporter& reporter) : facts_(facts), reporter_(reporter) {}

  void final(const Record& record, Line line);
  void finish();

 private:
  void finish(Index index, Channel& log);
  void judge_numbers(Index index, const Channel& log);
  void judge_slot(Index index, const Channel& log, Seq seq, const Slot& slot);

  Facts& facts_;
  Reporter& reporter_;
};

}  // namespace kith::test
