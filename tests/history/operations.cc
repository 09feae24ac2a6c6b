#include "tests/history/operations.h"

#include <algorithm>

namespace kith::test {
namespace {

bool makes_a_tombstone(std::string_view op) {
  return op == "delete" || op == "hide";
}

// What puts no event into the log of a channel, whatever comes of it.
bool takes_no_number(std::string_view op) {
  return op == "send" || op == "history" || op == "subscribe" || op == "unsubscribe" ||
         op == "typing" || op == "read_mark" || op == "presence" || op == "ping";
}

}  // namespace

std::uint64_t Operations::key(const Record& record) {
  return fingerprint(record.op_id) ^ fingerprint(record.client) * 3;
}

void Operations::invoke_change(const Record& record, Line line, Open& open) {
  if (record.op == "erase") facts_.erases = true;
  const bool edits = record.op == "edit";
  const bool restores = record.op == "restore";
  if (!edits && !restores && !makes_a_tombstone(record.op)) return;
  auto& changes = facts_.changes(open.message_id);
  open.changes = true;
  open.change = changes.size();
  changes.push_back({.digest = edits ? record.digest : 0, .restores = restores, .line = line});
}

void Operations::invoke(const Record& record, Line line, Index user) {
  Open open{.t = record.t, .op = record.op};
  if (!record.channel.empty()) open.channel = facts_.channel_names.of(record.channel);
  open.message_id = fingerprint(record.message_id);
  if (record.op == "send") {
    open.message = facts_.message_of(
        {.channel = open.channel, .user = user, .client_message_id = record.client_message_id});
    Message& message = facts_.message(open.message);
    ++message.attempts;
    if (message.invoked == 0) {
      message.invoked = line;
      message.digest = record.digest;
    }
  } else {
    invoke_change(record, line, open);
  }
  open_.insert_or_assign(key(record), std::move(open));
}

std::int64_t Operations::began(const Record& record) const {
  const auto found = open_.find(key(record));
  return found == open_.end() ? record.t : found->second.t;
}

void Operations::ok_send(const Record& record, Line line, Index user, const Open* open) {
  ++reporter_.verdict().acked;
  const Index message = open != nullptr
                            ? open->message
                            : facts_.message_of({.channel = facts_.channel_names.of(record.channel),
                                                 .user = user,
                                                 .client_message_id = record.client_message_id});
  facts_.acked(message, {.seq = record.seq,
                         .message_id = fingerprint(record.message_id),
                         .t = record.t,
                         .line = line});
}

void Operations::ok(const Record& record, Line line, Index user) {
  const auto found = open_.find(key(record));
  const Open* open = found == open_.end() ? nullptr : &found->second;
  if (record.op == "send") {
    ok_send(record, line, user, open);
  } else if (record.op == "history") {
    read(record, line, open == nullptr ? record.t : open->t);
  } else {
    if (open != nullptr && open->changes) {
      Change& change = facts_.changes(open->message_id)[open->change];
      change.seq = record.seq;
      change.acked_t = record.t;
    }
    if (record.seq != 0) {
      facts_.took_number(facts_.channel_names.of(record.channel), record.seq, line);
    }
  }
  if (found != open_.end()) open_.erase(found);
}

// Every acked message that the page speaks of must be on it, and so must what a client had seen.
void Operations::read(const Record& record, Line line, std::int64_t began) {
  const Index channel = facts_.channel_names.of(record.channel);
  Channel& log = facts_.channel(channel);
  Ranges shown;
  for (const Entry& entry : record.entries) shown.add(entry.seq);
  const Seq from = std::max(record.from.value_or(1), log.baseline + 1);
  const Seq to = std::min(record.to.value_or(kSeqMax), std::max(log.acked_max, log.seen_max));
  for (Seq seq = shown.first_missing({from, to}); seq != 0;
       seq = shown.first_missing({seq + 1, to})) {
    const auto slot = log.slots.find(seq);
    if (slot == log.slots.end()) continue;
    const Slot& known = slot->second;
    if (known.acked != kNone && facts_.message(known.acked).acked_t < began) {
      reporter_.report("C7",
                       facts_.place(channel, seq) +
                           " was acked before this history was asked "
                           "for, and is not in it",
                       {known.acked_line, line});
    } else if (known.acked == kNone && known.is_message && known.seen_t < began) {
      reporter_.report("C6",
                       facts_.place(channel, seq) + " had been seen, and is not in this history",
                       {known.seen_line, line});
    }
  }
}

void Operations::fail(const Record& record) {
  const auto found = open_.find(key(record));
  if (found == open_.end()) return;
  const Open& open = found->second;
  if (open.message != kNone) ++facts_.message(open.message).refused;
  if (open.changes) facts_.changes(open.message_id)[open.change].refused = true;
  open_.erase(found);
}

void Operations::outcome_unknown(const Open& open) {
  ++reporter_.verdict().unknown;
  if (open.channel != kNone && !takes_no_number(open.op)) {
    ++facts_.channel(open.channel).unknown_changes;
  }
}

void Operations::unknown(const Record& record) {
  const auto found = open_.find(key(record));
  if (found == open_.end()) return;
  outcome_unknown(found->second);
  open_.erase(found);
}

void Operations::finish() {
  for (const auto& [key, open] : open_) outcome_unknown(open);
}

}  // namespace kith::test
