#include "tests/history/log_check.h"

#include <algorithm>

namespace kith::test {

void LogCheck::final(const Record& record, Line line) {
  const Index index = facts_.channel_names.of(record.channel);
  {
    Channel& log = facts_.channel(index);
    log.has_final = true;
    log.whole = log.whole || record.whole;
    log.finals.add({record.from.value_or(1), record.to.value_or(kSeqMax)});
  }
  for (const Entry& entry : record.entries) {
    ++reporter_.verdict().finals;
    const Index user = entry.user.empty() ? kNone : facts_.users.of(entry.user);
    facts_.seen(index, user, entry, {.t = record.t, .as_of = kNever, .line = line, .final = true});
    Channel& log = facts_.channel(index);
    log.final_max = std::max(log.final_max, entry.seq);
    if (entry.seq <= log.baseline) continue;
    Slot& slot = log.slots[entry.seq];
    if (slot.final_line != 0) {
      reporter_.report("C3", facts_.place(index, entry.seq) + " stands twice in the log",
                       {slot.final_line, line});
    }
    slot.final_line = line;
    slot.final_message = facts_.message_of_entry(index, user, entry);
  }
}

void LogCheck::judge_slot(Index index, const Channel& log, Seq seq, const Slot& slot) {
  if (!log.finals.has(seq)) return;
  if (slot.acked != kNone && (slot.final_line == 0 || slot.final_message != slot.acked)) {
    reporter_.report("C1",
                     "message " + facts_.name_of(facts_.message(slot.acked)) + " was acked as " +
                         facts_.place(index, seq) + ", and is not in the log at the end",
                     {slot.acked_line, slot.final_line});
    return;
  }
  if (slot.final_line != 0 || !(slot.is_message || log.whole)) return;
  if (slot.acked_line != 0) {
    reporter_.report("C1", facts_.place(index, seq) + " was acked, and is not in the log",
                     {slot.acked_line});
  } else {
    reporter_.report("C6", facts_.place(index, seq) + " had been seen, and is gone at the end",
                     {slot.seen_line});
  }
}

// Where the pages name every number, each must be there. Where they name messages only, a number
// that nobody knows must be the work of an operation whose outcome nobody knows.
void LogCheck::judge_numbers(Index index, const Channel& log) {
  Ranges known;
  Line last_line = 0;
  for (const auto& [seq, slot] : log.slots) {
    if (slot.final_line != 0 || !log.whole) known.add(seq);
    if (seq == log.final_max) last_line = slot.final_line;
  }
  std::uint64_t holes = 0;
  const auto hole_after = [&](Seq seq) { return known.first_missing({seq, log.final_max}); };
  Seq first_hole = 0;
  for (Seq seq = hole_after(log.baseline + 1); seq != 0; seq = hole_after(seq + 1)) {
    if (!log.finals.has(seq)) continue;
    if (log.whole && log.slots.contains(seq)) continue;  // lost or gone: reported as that
    if (first_hole == 0) first_hole = seq;
    if (++holes > log.unknown_changes + Verdict::kShownMax) break;
  }
  if (holes > (log.whole ? 0 : log.unknown_changes)) {
    reporter_.report("C3",
                     facts_.place(index, first_hole) + " is a hole: the log goes on to #" +
                         std::to_string(log.final_max),
                     {last_line});
  }
}

void LogCheck::finish(Index index, Channel& log) {
  judge_numbers(index, log);
  std::vector<Seq> numbers;
  numbers.reserve(log.slots.size());
  for (const auto& [seq, slot] : log.slots) numbers.push_back(seq);
  std::sort(numbers.begin(), numbers.end());
  for (const Seq seq : numbers) judge_slot(index, log, seq, log.slots.at(seq));
}

void LogCheck::finish() {
  for (Index index = 0; index < facts_.channels().size(); ++index) {
    Channel& log = facts_.channel(index);
    if (log.has_final) finish(index, log);
  }
}

}  // namespace kith::test
