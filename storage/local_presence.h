// Who is where, for all shards of one process (engine/ports/presence_registry.h). Locked in stripes
// by channel; nothing on the path of a message comes here.
#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

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
  static constexpr std::size_t kStripes = 64;
  struct User {
    std::uint32_t sessions = 0;
    std::uint64_t arrival = 0;  // order of coming
    SteadyTime left_at{};       // where sessions is 0
  };
  using Users = std::unordered_map<UserId, User, IdHash>;
  struct Stripe {
    mutable std::mutex mutex;
    std::unordered_map<ChannelId, Users, IdHash> channels;  // guarded by mutex
    std::uint64_t arrivals = 0;                             // guarded by mutex
  };

  Stripe& stripe(const ChannelId& channel) { return stripes_[IdHash{}(channel) % kStripes]; }
  const Stripe& stripe(const ChannelId& channel) const {
    return stripes_[IdHash{}(channel) % kStripes];
  }

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace kith
