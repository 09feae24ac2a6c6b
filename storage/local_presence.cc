#include "storage/local_presence.h"

#include <algorithm>

#include "protocol/assert.h"

namespace kith {

PresenceRegistry::Entered LocalPresence::enter(const ChannelId& channel, const UserId& user) {
  Stripe& stripe = this->stripe(channel);
  const std::lock_guard lock(stripe.mutex);
  Users& users = stripe.channels[channel];
  const auto [it, came] = users.try_emplace(user);
  if (came) it->second.arrival = ++stripe.arrivals;
  ++it->second.sessions;
  return {.came = came, .count = static_cast<std::uint32_t>(users.size())};
}

PresenceRegistry::Left LocalPresence::leave(const ChannelId& channel, const UserId& user,
                                            SteadyTime now) {
  Stripe& stripe = this->stripe(channel);
  const std::lock_guard lock(stripe.mutex);
  User& entry = stripe.channels[channel][user];
  KITH_ASSERT(entry.sessions > 0);
  if (--entry.sessions > 0) return {};
  entry.left_at = now;
  return {.last_session = true};
}

std::optional<std::uint32_t> LocalPresence::expire(const ChannelId& channel, const UserId& user,
                                                   SteadyTime left_at) {
  Stripe& stripe = this->stripe(channel);
  const std::lock_guard lock(stripe.mutex);
  const auto users = stripe.channels.find(channel);
  if (users == stripe.channels.end()) return std::nullopt;
  const auto entry = users->second.find(user);
  if (entry == users->second.end() || entry->second.sessions > 0) return std::nullopt;
  if (entry->second.left_at > left_at) return std::nullopt;  // came back and left again since
  users->second.erase(entry);
  const auto remaining = static_cast<std::uint32_t>(users->second.size());
  if (remaining == 0) stripe.channels.erase(users);
  return remaining;
}

PresenceRegistry::Snapshot LocalPresence::snapshot(const ChannelId& channel,
                                                   std::size_t users_max) const {
  const Stripe& stripe = this->stripe(channel);
  const std::lock_guard lock(stripe.mutex);
  Snapshot snapshot;
  const auto users = stripe.channels.find(channel);
  if (users == stripe.channels.end()) return snapshot;
  snapshot.count = static_cast<std::uint32_t>(users->second.size());
  if (users_max == 0) return snapshot;
  std::vector<std::pair<std::uint64_t, UserId>> order;
  order.reserve(users->second.size());
  for (const auto& [id, entry] : users->second) order.emplace_back(entry.arrival, id);
  const std::size_t wanted = std::min(users_max, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(wanted),
                    order.end());
  for (std::size_t i = 0; i < wanted; ++i) snapshot.users.push_back(order[i].second);
  return snapshot;
}

std::uint32_t LocalPresence::sessions(const ChannelId& channel, const UserId& user) const {
  const Stripe& stripe = this->stripe(channel);
  const std::lock_guard lock(stripe.mutex);
  const auto users = stripe.channels.find(channel);
  if (users == stripe.channels.end()) return 0;
  const auto entry = users->second.find(user);
  return entry == users->second.end() ? 0 : entry->second.sessions;
}

}  // namespace kith
