// One channel as one shard follows it: exists while a session of the shard is in it.
#pragma once

#include <boost/container/flat_map.hpp>
#include <boost/container/small_vector.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "engine/recent_window.h"
#include "engine/sequencer.h"
#include "engine/session.h"
#include "engine/turn_chunk.h"

namespace kith {

struct TypingUser {
  UserId user;
  SteadyTime expires{};
  SteadyTime announced{};  // the last typing.start that was fanned out
};

// How far a user has read, as the channel's sessions know it. Marks come over the bus in any order,
// and only move forward.
struct ReadMark {
  Seq said = 0;  // to everybody, by delivery.read
  Seq told = 0;  // to somebody at least, with `subscribed`
};

// One that gets what the channel says. The sink is here because it is all that most of a fan-out
// looks at.
struct Live {
  Subscription* subscription = nullptr;
  SessionSink* sink = nullptr;
};

struct Channel {
  ChannelId id;
  Sequencer sequencer;
  RecentWindow window;
  // From its first word on: most channels, a user's own above all, never say one.
  std::unique_ptr<TurnChunk> chunk;
  bool dirty = false;  // in the hub's list of this turn
  // With room for one: a user's own channel seldom has more.
  boost::container::small_vector<Live, 1> live;
  boost::container::small_vector<Subscription*, 1> members;  // live or on their way
  std::uint32_t participants = 0;
  std::uint32_t watchers = 0;  // live or not, who asked for presence
  std::vector<TypingUser> typing;
  boost::container::flat_map<UserId, ReadMark> read_marks;  // of small chats

  // Attacher: what follows this one is being read from the log for the window.
  std::optional<Seq> filling;

  // gap_recovery
  std::optional<SteadyTime> hole_due;  // when the hole is read from the log
  bool hole_listed = false;            // in ChannelDelivery's list of holes
  bool backfilling = false;

  // presence above kPresenceUsersMax, and "delivered" marks, once a second
  bool count_due = false;
  bool delivered_due = false;

  bool small() const { return participants <= limits::kReceiptsParticipantsMax; }
};

}  // namespace kith
