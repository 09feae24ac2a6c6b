// Who is where, over all nodes: the users of this process, as LocalPresence has them, and those
// whom other nodes have announced (ARCHITECTURE 2.10). A node says at every change, and in rounds
// of kRound, which users it has on the channels that it follows; what it says is good for kValid. A
// user is gone when the union of all has lacked them for the grace time. So an announcement that is
// lost, or a node that dies, mends itself: users of a dead node are gone within 45 s.
//
// Nobody is told of joins and leaves by other nodes: each finds them in what it hears, for its own
// shards. While the bus is down the others' users fade, and come back with it. Of a channel that
// this node does not follow it knows nothing.
//
// Bounded by what the sockets may follow, and kOthersMax users of other nodes per channel.
//
// Thread: any. hear(), due() and sweep() are the bus's, on its thread; time is an argument.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "engine/ports/bus.h"
#include "engine/ports/presence_registry.h"
#include "storage/bus_envelope.h"

namespace kith {

class ClusterPresence final : public PresenceRegistry {
 public:
  static constexpr std::chrono::seconds kRound{10};
  // Three rounds, but for the second that a sweep may be late.
  static constexpr std::chrono::seconds kValid{29};
  static constexpr std::size_t kOthersMax = 100'000;

  Entered enter(const ChannelId& channel, const UserId& user) override;
  Left leave(const ChannelId& channel, const UserId& user, SteadyTime now) override;
  std::optional<std::uint32_t> expire(const ChannelId& channel, const UserId& user,
                                      SteadyTime left_at) override;
  Snapshot snapshot(const ChannelId& channel, std::size_t users_max) const override;
  std::uint32_t sessions(const ChannelId& channel, const UserId& user) const override;

  // What another node has announced; gives back who came by it, for this process's shards.
  std::vector<BusEventPtr> hear(const Uuid& node, const Announcement& announcement, SteadyTime now);
  // What is to be announced now: changes, answers, and the share of the round that is due. To be
  // asked several times a second.
  std::vector<Announcement> due(SteadyTime now);
  // Who has gone by now, for this process's shards. To be asked once a second.
  std::vector<BusEventPtr> sweep(SteadyTime now);

 private:
  struct Elsewhere {
    Uuid node{};
    SteadyTime valid_until{};
  };
  struct Present {
    std::uint32_t sessions = 0;        // of this process
    std::uint64_t arrival = 0;         // the channel's users in order
    std::vector<Elsewhere> elsewhere;  // the nodes that have announced them
    SteadyTime lacking_since{};        // counts where neither has any
    bool is_lacking() const { return sessions == 0 && elsewhere.empty(); }
  };
  struct Channel {
    std::unordered_map<UserId, Present, IdHash> users;
    std::uint64_t arrivals = 0;
    std::vector<UserId> changed;  // came to or left this process since the last announcement
    bool is_new = true;           // nothing announced yet: the others are asked
    bool asked = false;           // another node wants to know all
    bool listed = false;          // in the stripe's list
  };
  struct Stripe {
    mutable std::mutex mutex;
    std::unordered_map<ChannelId, Channel, IdHash> channels;
    std::vector<ChannelId> changed;
  };
  static constexpr std::size_t kStripes = 64;

  Stripe& stripe(const ChannelId& channel) { return stripes_[IdHash{}(channel) % kStripes]; }
  const Stripe& stripe(const ChannelId& channel) const {
    return stripes_[IdHash{}(channel) % kStripes];
  }
  static void list(Stripe& stripe, const ChannelId& id, Channel& channel);
  static void announce_changes(Stripe& stripe, std::vector<Announcement>& out);
  static void announce_all(const ChannelId& id, const Channel& channel,
                           std::vector<Announcement>& out);

  std::array<Stripe, kStripes> stripes_;
  // The bus's thread alone.
  std::size_t next_in_round_ = 0;
  SteadyTime next_share_{};
};

}  // namespace kith
