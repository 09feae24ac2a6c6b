#include "storage/local_presence.h"

#include <algorithm>

#include "protocol/assert.h"

namespace kith {

PresenceRegistry::Entered LocalPresence::enter(const ChannelId& channel_id, const UserId& user) {
  Stripe& mine = stripe(channel_id);
  const std::lock_guard lock(mine.mutex);
  Channel& channel = mine.channels[channel_id];
  const auto [at, came] = channel.users.try_emplace(user);
  if (came) at->second.arrival = ++channel.arrivals;
  ++at->second.sessions;
  return {.came = came, .count = static_cast<std::uint32_t>(channel.users.size())};
}

PresenceRegistry::Left LocalPresence::leave(const ChannelId& channel_id, const UserId& user,
                                            SteadyTime now) {
  Stripe& mine = stripe(channel_id);
  const std::lock_guard lock(mine.mutex);
  const auto channel = mine.channels.find(channel_id);
  KITH_ASSERT(channel != mine.channels.end());
  const auto at = channel->second.users.find(user);
  KITH_ASSERT(at != channel->second.users.end() && at->second.sessions > 0);
  if (--at->second.sessions > 0) return {.last_session = false};
  at->second.left_at = now;
  return {.last_session = true};
}

std::optional<std::uint32_t> LocalPresence::expire(const ChannelId& channel_id, const UserId& user,
                                                   SteadyTime left_at) {
  Stripe& mine = stripe(channel_id);
  const std::lock_guard lock(mine.mutex);
  const auto channel = mine.channels.find(channel_id);
  if (channel == mine.channels.end()) return std::nullopt;
  auto& users = channel->second.users;
  const auto at = users.find(user);
  // Whoever left last, on whatever shard, sees the user out.
  if (at == users.end() || at->second.sessions > 0 || at->second.left_at > left_at) {
    return std::nullopt;
  }
  users.erase(at);
  const auto count = static_cast<std::uint32_t>(users.size());
  if (count == 0) mine.channels.erase(channel);
  return count;
}

PresenceRegistry::Snapshot LocalPresence::snapshot(const ChannelId& channel_id,
                                                   std::size_t users_max) const {
  const Stripe& mine = stripe(channel_id);
  const std::lock_guard lock(mine.mutex);
  Snapshot snapshot;
  const auto channel = mine.channels.find(channel_id);
  if (channel == mine.channels.end()) return snapshot;
  snapshot.count = static_cast<std::uint32_t>(channel->second.users.size());
  std::vector<std::pair<std::uint64_t, UserId>> arrived;
  arrived.reserve(channel->second.users.size());
  for (const auto& [user, present] : channel->second.users) {
    arrived.emplace_back(present.arrival, user);
  }
  const auto end =
      arrived.begin() + static_cast<std::ptrdiff_t>(std::min(users_max, arrived.size()));
  std::partial_sort(arrived.begin(), end, arrived.end());
  for (auto at = arrived.begin(); at != end; ++at) snapshot.users.push_back(at->second);
  return snapshot;
}

std::uint32_t LocalPresence::sessions(const ChannelId& channel_id, const UserId& user) const {
  const Stripe& mine = stripe(channel_id);
  const std::lock_guard lock(mine.mutex);
  const auto channel = mine.channels.find(channel_id);
  if (channel == mine.channels.end()) return 0;
  const auto at = channel->second.users.find(user);
  return at == channel->second.users.end() ? 0 : at->second.sessions;
}

}  // namespace kith
