// What the hub does for who reads slower than it is told (ARCHITECTURE 2.6).
#include <algorithm>

#include "engine/hub.h"

namespace kith {

namespace {

// State events kept for one of them.
constexpr std::size_t kPendingStateMax = 256;

}  // namespace

// Past half of the budget ephemeral events are dropped and state events keep only their newest.
bool Hub::affords(const Segment& segment, const Channel& channel, Session& session) {
  if (segment.tier == Tier::durable) return true;
  if (session.sink->queued_bytes() <= budget() / 2) {
    if (!session.pending_state.empty() && segment.tier == Tier::state) {
      forget_state(session, segment.state_key);  // this one is newer
    }
    return true;
  }
  if (segment.tier == Tier::state) {
    keep_state(session, channel, segment);
  } else {
    ++context_.counters.dropped_ephemeral;
  }
  return false;
}

// The chunk is not copied; the log will give its durable part, and the newest of its state events
// wait for the session to drain. What must not wait is the acks, and one that is next in line has
// been given in place of its event.
void Hub::fall_behind(const Channel& channel, Subscription& subscription) {
  Session& session = *subscription.session;
  if (!subscription.behind_at) {
    subscription.behind_at = channel.chunk->position_before(channel.sequencer.delivered());
  }
  for (const Segment& segment : channel.chunk->segments) {
    if (segment.origin != session.ref) continue;
    session.sink->write(channel.chunk->ack(segment));
    if (segment.seq == *subscription.behind_at + 1) subscription.behind_at = segment.seq;
  }
  keep_states(channel, subscription);
}

void Hub::keep_states(const Channel& channel, const Subscription& subscription) {
  Session& session = *subscription.session;
  for (const Segment& segment : channel.chunk->segments) {
    if (segment.tier != Tier::state || !wants(segment, session, subscription.watches())) {
      continue;
    }
    keep_state(session, channel, segment);
  }
}

void Hub::keep_state(Session& session, const Channel& channel, const Segment& segment) {
  const bool superseded = forget_state(session, segment.state_key);
  const bool full = session.pending_state.size() >= kPendingStateMax;
  if (full) session.pending_state.erase(session.pending_state.begin());
  if (superseded || full) ++context_.counters.dropped_state;
  session.pending_state.push_back({.key = segment.state_key,
                                   .channel = channel.id,
                                   .frame = std::string(channel.chunk->frame(segment))});
  session.sink->wants_drained = true;
}

bool Hub::forget_state(Session& session, std::uint64_t key) {
  return std::erase_if(session.pending_state,
                       [&](const PendingState& pending) { return pending.key == key; }) > 0;
}

}  // namespace kith
