// Puts a channel's durable events in order: one per channel and shard (ARCHITECTURE 2.5). The bus
// may lose, repeat and reorder; what leaves here is delivered+1, delivered+2, ... each once.
//
// Before open() nothing is known of the channel's position: events wait. After it a later event
// than the next waits for the ones before it, which come late or are read from the log
// (gap_recovery).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/ports/bus.h"
#include "engine/session_ref.h"

namespace kith {

// An event on its way to a channel's subscribers, and the session that is acked in place of it.
struct Sequenced {
  BusEventPtr event;
  std::optional<SessionRef> origin;
  std::string ack;  // the frame for `origin`
};

class Sequencer {
 public:
  // At most this many events wait for an earlier one; further ones are left to the log.
  static constexpr std::size_t kHeldMax = 1024;

  enum class Verdict : std::uint8_t { ready, held, repeat, overflow };

  bool is_open() const { return open_; }
  // `delivered` is the position that the subscribers have; events at or before it are repeats.
  // Gives back those that were waiting and are repeats now: their senders still need an ack.
  std::vector<Sequenced> open(Seq delivered);
  Seq delivered() const { return delivered_; }
  // The last open()'s position: what lies before it was passed over here, not handed out.
  Seq opened_at() const { return opened_at_; }

  // Takes an event. `ready`: take_ready() has at least this one. On `repeat` and `overflow` the
  // item is left with the caller (whose sender still needs an ack, unless the one that waits
  // already has taken it over: then `origin` is gone).
  Verdict offer(Sequenced& item);
  // The next event in order; nothing where it has not come.
  std::optional<Sequenced> take_ready();

  // Everything that waits, before the sequencer goes.
  std::vector<Sequenced> drop_held();

  // The log is known to reach this far.
  void note_head(Seq head) { head_ = head > head_ ? head : head_; }
  Seq head() const { return head_; }
  // Something after delivered() is known to exist and has not come.
  bool has_hole() const;

 private:
  Seq first_held() const { return held_.front().event->seq; }

  bool open_ = false;
  Seq delivered_ = 0;
  Seq opened_at_ = 0;
  Seq head_ = 0;
  // By seq. Nearly always none or one: a vector, which costs an idle channel nothing.
  std::vector<Sequenced> held_;
};

}  // namespace kith
