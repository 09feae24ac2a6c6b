// From a commit to the subscribers, in order: the sequencers, the holes in them, and what an event
// means for the sessions that get it (the end of a right, a revoked login, a chat joined).
//
// A hole is waited for a moment (the bus may reorder), then read from the log. And once a second
// the log is asked what was appended since the last look, since the last event of a burst can be
// lost without a later one to show it (ARCHITECTURE 2.5).
#pragma once

#include <optional>
#include <vector>

#include "engine/channel.h"
#include "engine/context.h"

namespace kith {

class ChannelDelivery {
 public:
  explicit ChannelDelivery(Context& context) : context_(context) {}

  // Events that this shard has committed: to the bus, and to its own subscribers.
  void publish(std::vector<DurableEvent> events);
  // The same for one, with the session that is acked in place of it (where it follows the channel
  // live; else it is acked at once).
  void publish_one(DurableEvent event, std::optional<SessionRef> origin, std::string ack,
                   std::string sender_ack = {});
  void on_bus_event(const BusEventPtr& event);
  // A state event to whoever follows the channel, on every node. `about` (not 0) says what a newer
  // one supersedes.
  void publish_state(const ChannelId& channel, std::uint64_t about, std::string_view json);
  void on_state(const BusEvent& event);
  // Something may have been missed: the log's heads are looked at in this turn.
  void look_now();

  // Sets the channel's position; what was waiting and lies before it is passed over.
  void open(Channel& channel, Seq position);
  // Hands out what is next in the channel. Sessions may be closed and subscriptions end in here.
  void pump(Channel& channel);
  // The channel's live sessions have been given something: their "delivered" marks are due.
  void note_delivered(Channel& channel);
  void tick();
  SteadyTime next_deadline() const;

 private:
  // `channel`: the event's, null where nobody here follows it.
  void offer(Channel* channel, const BusEventPtr& event, std::optional<SessionRef> origin,
             std::string ack);
  void ack_now(const std::optional<SessionRef>& origin, std::string_view ack);
  void ack_unless_live(const Channel& channel, Sequenced& item);
  void deliver(Channel& channel, Sequenced item);
  void apply(Channel& channel, const DurableEvent& event);
  void moderated(Channel& channel, const DurableEvent& event);
  void end_right(Channel& channel, const UserId& user, Seq at, CloseCode path_code);
  void revoke(Channel& channel, const DurableEvent& event);
  void role_changed(Channel& channel, const DurableEvent& event);
  void disconnected(Channel& channel, const DurableEvent& event);
  void witnessed(const Channel& channel, const DurableEvent& event) const;
  void joined(Channel& channel, const DurableEvent& event);

  void check_hole(Channel& channel, std::chrono::milliseconds patience);
  void backfill(Channel& channel);
  void read_on(Channel& channel);  // whether or not there is a hole
  void backfilled(const ChannelId& id, Result<Page> page);
  void look_at_heads();
  AskedChannels channels_to_look_at() const;
  void mark_delivered();

  Context& context_;
  std::vector<ChannelId> holes_;
  SteadyTime next_look_{};
  bool looking_ = false;
  bool look_again_ = false;  // what is being looked at may be older than what was missed
  std::optional<Position> position_;  // of the last look
  std::optional<Position> covered_;   // the next one asks from here
  std::vector<ChannelId> to_mark_;
  SteadyTime next_mark_{};
};

// The frame of a durable event, ready for the bus.
BusEventPtr make_bus_event(DurableEvent event, std::string sender_ack = {});

}  // namespace kith
