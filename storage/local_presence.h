// Who is where, over all shards of one process: a table of channels behind a lock, in stripes so
// that shards seldom meet. Bounded by what the sockets may follow (limits::kChannelsPerSocketMax
// each) and the users in their grace time.
//
// Thread: any.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "engine/ports/presence_registry.h"

namespace kith {

class LocalPresence final : public PresenceRegistry {
 public:
  Entered enter(const ChannelId& channel, const UserId& user) override;
  Left leave(const ChannelId& channel, const UserId& user, SteadyTime now) override;
  std::optional<std::uint32_t> expire(const ChannelId& channel, const UserId& user,
                                      SteadyTime left_at) override;
  Snapshot snapshot(const ChannelId& channel, std::size_t users_max) const override;
  std::uint32_t sessions(const ChannelId& channel, const UserId& user) const override;

 private:
  struct Present {
    std::uint32_t sessions = 0;
    std::uint64_t arrival = 0;  // the channel's users in order
    SteadyTime left_at{};       // of the last session; counts where there are none
  };
  struct Channel {
    std::unordered_map<UserId, Present, IdHash> users;
    std::uint64_t arrivals = 0;
  };
  struct Stripe {
    mutable std::mutex mutex;
    std::unordered_map<ChannelId, Channel, IdHash> channels;
  };
  static constexpr std::size_t kStripes = 64;

  Stripe& stripe(const ChannelId& channel) { return stripes_[IdHash{}(channel) % kStripes]; }
  const Stripe& stripe(const ChannelId& channel) const {
    return stripes_[IdHash{}(channel) % kStripes];
  }

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace kith
