// Who follows what, and the fan-out (ARCHITECTURE 2.6 and 4): an event's frame is joined into its
// channel's chunk; at the end of the turn each live session is sent the chunk from where it lies.
//
// A live list never changes while it is walked: joining and leaving flush the channel first, and a
// session that is over its budget is only noted (take_fallen) while a flush is under way.
#pragma once

#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/channel.h"
#include "engine/context.h"

namespace kith {

class Hub {
 public:
  explicit Hub(Context& context) : context_(context) {}

  Channel* find(const ChannelId& id);
  // The channel, followed on the bus from here on. Must get a member in the same turn.
  Channel& obtain(const ChannelId& id);
  std::size_t size() const { return channels_.size(); }
  template <typename Each>
  void for_each(Each each) {
    for (auto& entry : channels_) each(entry.second);
  }

  void add_member(Subscription& subscription);
  // Also leaves the live list. The channel goes at the end of the turn when nobody is left.
  void remove_member(Subscription& subscription);
  // From here on it gets what the channel says.
  void join(Subscription& subscription);
  void leave(Subscription& subscription);

  // Adds to the channel's chunk of this turn. The segment may be adjusted until the next call.
  // `state_key` names what a newer state event supersedes.
  Segment& say(Channel& channel, std::string_view frame, Tier tier, std::uint64_t state_key = 0);
  void say_durable(Channel& channel, const Sequenced& item);
  // A crowd that much has been gathered for is written to. To be called while all that the
  // sequencer has given out has been said: who is behind goes on from there.
  void make_room(Channel& channel);

  // Unless sinks refer to it, what was said has been written by now, or copied. While they do, what
  // is said to a crowd is gathered: it would only be written behind that, in smaller pieces.
  void begin_turn(bool sinks_refer) {
    crowds_wait_ = sinks_refer;
    if (sinks_refer) return;
    said_.clear();
    said_bytes_ = 0;
  }
  std::size_t said_bytes() const { return said_bytes_; }
  void flush_channel(Channel& channel);
  // All chunks of the turn, but those of crowds that have to wait; then the channels without
  // members go.
  void flush();
  bool holding() const { return !dirty_.empty(); }
  // Sessions that passed their budget during flushes, each once; to be caught up from the log.
  std::vector<SessionRef> take_fallen() { return std::exchange(fallen_, {}); }

  std::size_t budget() const { return context_.options.outbound_bytes_max; }

 private:
  bool is_crowd(const Channel& channel) const {
    return channel.live.size() >= context_.options.crowd;
  }
  void mark_apart(const TurnChunk& chunk);
  void unmark_apart(const TurnChunk& chunk);
  // One who is behind, or gets something other than the whole chunk.
  // False: it is behind, and gets it from the log.
  bool copy_apart(Channel& channel, Subscription& subscription);
  void count_broadcasts(const Channel& channel, std::size_t sessions);
  void copy_selected(const Channel& channel, Session& session, bool watches);
  bool wants(const Segment& segment, const Session& session, bool watches) const;
  bool affords(const Segment& segment, const Channel& channel, Session& session);
  void fall_behind(const Channel& channel, Subscription& subscription);
  void keep_states(const Channel& channel, const Subscription& subscription);
  void keep_state(Session& session, const Channel& channel, const Segment& segment);
  bool forget_state(Session& session, std::uint64_t key);

  Context& context_;
  std::unordered_map<ChannelId, Channel, IdHash> channels_;  // which stay where they are
  std::vector<Channel*> dirty_;
  std::deque<std::shared_ptr<const std::string>> said_;  // sinks refer to its elements
  std::size_t said_bytes_ = 0;
  bool crowds_wait_ = false;
  SteadyTime held_until_{};
  std::vector<ChannelId> empty_;
  std::vector<SessionRef> fallen_;
};

}  // namespace kith
