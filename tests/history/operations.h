// Which operations went out, and what became of them: sends and their acks, edits, deletions, and
// reads of a history, which must show what was acked before they began (C7).
#pragma once

#include <string>
#include <unordered_map>

#include "tests/history/facts.h"

namespace kith::test {

class Operations {
 public:
  Operations(Facts& facts, Reporter& reporter) : facts_(facts), reporter_(reporter) {}

  void invoke(const Record& record, Line line, Index user);
  // When the operation began that this record ends; its own time where nobody said.
  std::int64_t began(const Record& record) const;
  void ok(const Record& record, Line line, Index user);
  void fail(const Record& record);
  void unknown(const Record& record);
  void finish();

 private:
  struct Open {
    std::int64_t t = 0;
    std::string op;
    Index channel = kNone;
    Index message = kNone;  // of a send
    std::uint64_t message_id = 0;
    std::size_t change = 0;  // of an edit or a deletion: its place among the message's
    bool changes = false;
  };
  static std::uint64_t key(const Record& record);
  void invoke_change(const Record& record, Line line, Open& open);
  void ok_send(const Record& record, Line line, Index user, const Open* open);
  void read(const Record& record, Line line, std::int64_t began);
  void outcome_unknown(const Open& open);

  Facts& facts_;
  Reporter& reporter_;
  std::unordered_map<std::uint64_t, Open> open_;
};

}  // namespace kith::test
