// Is what the server delivered what it acked? Lost, doubled, reordered and altered messages, from
// sequence numbers and ids alone (PROTOCOL sections 1 to 3). No socket and no clock in it, so the
// tests can feed it every kind of wrong delivery and see it go red.
//
// A ReceiverTrack follows one receiver in one chat: its position may move by 1 only, so order,
// repeats and holes show at once. A ChatWitness remembers per chat which message stood at which
// number, whoever saw it, so a number that two people saw differently, and a message that got two
// numbers, show too. Both belong to one thread; witnesses of several threads are merged at the end.
//
// "Lost" is a proof, never a guess: the server has passed over a number that was acked or seen (it
// went on behind it without naming a gap, the history of the gap does not have it, or the log that
// it names ends below). What had merely not come when one stopped waiting is counted apart.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protocol/ids.h"

namespace kith::bench {

// A message as somebody saw it. Ids are 64-bit fingerprints (0: none, an event that is no message):
// cheap to keep by the million, and a clash of two would only raise a false alarm.
struct Seen {
  Seq seq = 0;
  std::uint64_t message = 0;
  std::uint64_t client_message = 0;
};
std::uint64_t fingerprint(std::string_view id);

struct Verdict {
  std::uint64_t lost = 0;       // acked or seen by others, and passed over for this receiver
  std::uint64_t doubled = 0;    // seen twice by a receiver, or stored twice
  std::uint64_t reordered = 0;  // came after a later one
  std::uint64_t altered = 0;    // another message at the same number, or renumbered
  // Acked, and on its way still or lost: nothing has shown which.
  std::uint64_t not_come = 0;

  Verdict& operator+=(const Verdict& other);
  bool clean() const { return lost + doubled + reordered + altered + not_come == 0; }
};

class ChatWitness {
 public:
  // An event, or a message of a history page.
  void note(const Seen& seen);
  // Also remembers that it was acked.
  void note_ack(const Seen& seen);
  void merge(const ChatWitness& other);

  Seq acked_max() const { return acked_max_; }
  bool acked(Seq seq) const;
  bool is_message(Seq seq) const;
  std::uint64_t doubled() const { return doubled_; }
  std::uint64_t altered() const { return altered_; }

 private:
  struct Entry {
    std::uint64_t message = 0;
    std::uint64_t client_message = 0;
    bool acked = false;
  };
  Entry& at(Seq seq);
  const Entry* find(Seq seq) const;
  Entry& put(const Seen& seen);

  Seq first_ = 0;  // the number of entries_[0]
  std::vector<Entry> entries_;
  std::unordered_map<std::uint64_t, Seq> by_client_message_;
  Seq acked_max_ = 0;
  std::uint64_t doubled_ = 0;
  std::uint64_t altered_ = 0;
};

class ReceiverTrack {
 public:
  struct Gap {
    Seq from = 0;
    Seq to = 0;
  };

  // The connection broke, or a subscribe went out: until subscribed(), what comes is replay, and
  // acks do not move the position. What was only acked, ahead of it, must come in the replay.
  void attaching();
  // A subscribe or resume goes out, after `acked` was acked: a log that ends below has lost it.
  void asking(Seq acked) { asked_ = acked; }
  // The first one sets where this receiver begins to count; each later one must meet the position,
  // or name a gap.
  void subscribed(Seq seq);
  // Begins to count behind `position` without having been there: what comes must be all.
  void attach_at(Seq position) {
    attached_ = true;
    live_ = false;
    position_ = position;
  }
  void subscribed_with_gap(Seq seq, Gap gap);

  void event(ChatWitness& witness, const Seen& seen);
  // An ack in place moves the position as the event does for the others. One ahead of it may be
  // outside of the stream, and the event comes besides; or it stands in the stream, and what it has
  // overtaken is late or lost. Which, only what follows shows: until then it counts as come. That
  // of a duplicate says nothing of the stream.
  void ack(ChatWitness& witness, const Seen& seen, bool duplicate);
  // A message of the history that was asked for to fill a gap. True: it had been missing.
  bool history(ChatWitness& witness, const Seen& seen);
  // All history up to `seq` has been read.
  void history_read(Seq seq) { history_read_ = std::max(history_read_, seq); }
  // The history has been read to its end.
  void gap_loaded() {
    gap_open_ = false;
    history_read(position_);
  }

  bool attached() const { return attached_; }
  bool live() const { return live_; }
  bool gap_open() const { return gap_open_; }
  // Behind which number the history of an open gap is to be read (on).
  Seq history_after() const;
  Seq position() const { return position_; }
  Verdict finish(const ChatWitness& everybody) const;
  // Of the numbers above `after` that were acked, those that have come.
  std::uint64_t verified(const ChatWitness& everybody, Seq after) const;

 private:
  // An ack that came ahead of the position.
  struct Ahead {
    Seq seq = 0;
    Seq base = 0;     // the position when it came
    Seq late_to = 0;  // what came in turn, but after it: base + 1 to here
  };

  void hole(Seq from, Seq to);
  bool fill(std::map<Seq, Seq>& ranges, Seq seq);
  void answered(Seq log_end);
  void forget_ahead(Seq up_to);
  void move_to(Seq seq);
  bool filled_late(Seq seq);
  std::uint64_t reordered() const;

  bool attached_ = false;
  bool live_ = false;
  bool gap_open_ = false;
  Seq position_ = 0;
  Seq asked_ = 0;
  Seq forgotten_ = 0;  // the server named a log that ends below what it had acked up to here
  Seq history_read_ = 0;
  std::map<Seq, Seq> missing_;  // holes in the stream: from -> to
  std::map<Seq, Seq> gaps_;     // announced by the server, not yet seen in the history
  std::unordered_map<Seq, std::uint64_t> own_by_ack_;  // counted by the ack; the event may follow
  std::map<Seq, Ahead> ahead_;                         // above the position
  std::vector<Ahead> overtaken_;                       // those that it has reached, in their order
  std::set<Seq> late_;                                 // came after a later one
  Verdict verdict_;
};

}  // namespace kith::bench
