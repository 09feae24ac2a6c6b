// Whether what was seen is what was written, and nothing that was refused or never sent (C5, C6).
#pragma once

#include "tests/history/facts.h"

namespace kith::test {

class ContentCheck {
 public:
  ContentCheck(Facts& facts, Reporter& reporter) : facts_(facts), reporter_(reporter) {}

  void finish();

 private:
  struct Place {
    Index channel;
    Seq seq;
    const Slot& slot;
  };
  void judge_origin(const Place& place, const Message& message);
  void judge(const Place& place, const Message& message, const Version& version);
  void judge_tombstone(const Place& place, const Message& message, const Version& version);
  void judge_age(const Place& place, const Message& message, const Version& version, Seq since);

  Facts& facts_;
  Reporter& reporter_;
};

}  // namespace kith::test
