#include "storage/cluster_presence.h"

#include <algorithm>
#include <utility>

#include "protocol/assert.h"
#include "protocol/limits.h"

namespace kith {

namespace {

BusEventPtr make_event(const ChannelId& channel, const UserId& user, bool came) {
  auto event = std::make_shared<BusEvent>();
  event->kind = BusKind::presence;
  event->channel = channel;
  event->user = user;
  event->start = came;
  return event;
}

}  // namespace

void ClusterPresence::list(Stripe& stripe, const ChannelId& id, Channel& channel) {
  if (channel.listed) return;
  channel.listed = true;
  stripe.changed.push_back(id);
}

PresenceRegistry::Entered ClusterPresence::enter(const ChannelId& id, const UserId& user) {
  Stripe& mine = stripe(id);
  const std::lock_guard lock(mine.mutex);
  Channel& channel = mine.channels[id];
  const auto [at, came] = channel.users.try_emplace(user);
  if (came) at->second.arrival = ++channel.arrivals;
  if (++at->second.sessions == 1) {
    channel.changed.push_back(user);
    list(mine, id, channel);
  }
  return {.came = came, .count = static_cast<std::uint32_t>(channel.users.size())};
}

PresenceRegistry::Left ClusterPresence::leave(const ChannelId& id, const UserId& user,
                                              SteadyTime now) {
  Stripe& mine = stripe(id);
  const std::lock_guard lock(mine.mutex);
  const auto channel = mine.channels.find(id);
  KITH_ASSERT(channel != mine.channels.end());
  const auto at = channel->second.users.find(user);
  KITH_ASSERT(at != channel->second.users.end() && at->second.sessions > 0);
  if (--at->second.sessions > 0) return {.last_session = false};
  channel->second.changed.push_back(user);
  list(mine, id, channel->second);
  // Who is on another node as well has not left; when they do, sweep() sees them out.
  if (!at->second.is_lacking()) return {.last_session = false};
  at->second.lacking_since = now;
  return {.last_session = true};
}

std::optional<std::uint32_t> ClusterPresence::expire(const ChannelId& id, const UserId& user,
                                                     SteadyTime left_at) {
  Stripe& mine = stripe(id);
  const std::lock_guard lock(mine.mutex);
  const auto channel = mine.channels.find(id);
  if (channel == mine.channels.end()) return std::nullopt;
  auto& users = channel->second.users;
  const auto at = users.find(user);
  if (at == users.end() || !at->second.is_lacking() || at->second.lacking_since > left_at) {
    return std::nullopt;
  }
  users.erase(at);
  const auto count = static_cast<std::uint32_t>(users.size());
  if (count == 0) mine.channels.erase(channel);
  return count;
}

PresenceRegistry::Snapshot ClusterPresence::snapshot(const ChannelId& id,
                                                     std::size_t users_max) const {
  const Stripe& mine = stripe(id);
  const std::lock_guard lock(mine.mutex);
  Snapshot snapshot;
  const auto channel = mine.channels.find(id);
  if (channel == mine.channels.end()) return snapshot;
  const auto& users = channel->second.users;
  snapshot.count = static_cast<std::uint32_t>(users.size());
  if (users_max == 0) return snapshot;
  std::vector<std::pair<std::uint64_t, UserId>> arrived;
  arrived.reserve(users.size());
  for (const auto& [user, present] : users) arrived.emplace_back(present.arrival, user);
  const auto end =
      arrived.begin() + static_cast<std::ptrdiff_t>(std::min(users_max, arrived.size()));
  std::partial_sort(arrived.begin(), end, arrived.end());
  for (auto at = arrived.begin(); at != end; ++at) snapshot.users.push_back(at->second);
  return snapshot;
}

std::uint32_t ClusterPresence::sessions(const ChannelId& id, const UserId& user) const {
  const Stripe& mine = stripe(id);
  const std::lock_guard lock(mine.mutex);
  const auto channel = mine.channels.find(id);
  if (channel == mine.channels.end()) return 0;
  const auto at = channel->second.users.find(user);
  return at == channel->second.users.end() ? 0 : at->second.sessions;
}

std::vector<BusEventPtr> ClusterPresence::hear(const Uuid& node, const Announcement& announcement,
                                               SteadyTime now) {
  std::vector<BusEventPtr> changes;
  Stripe& mine = stripe(announcement.channel);
  const std::lock_guard lock(mine.mutex);
  const auto found = mine.channels.find(announcement.channel);
  if (found == mine.channels.end()) return changes;  // nobody of ours is there
  Channel& channel = found->second;
  if (announcement.asks) {
    channel.asked = true;
    list(mine, found->first, channel);
  }
  for (const UserId& user : announcement.here) {
    if (channel.users.size() >= kOthersMax && !channel.users.contains(user)) continue;
    const auto [at, came] = channel.users.try_emplace(user);
    if (came) {
      at->second.arrival = ++channel.arrivals;
      changes.push_back(make_event(found->first, user, true));
    }
    auto& elsewhere = at->second.elsewhere;
    const auto known = std::ranges::find(elsewhere, node, &Elsewhere::node);
    if (known == elsewhere.end()) {
      elsewhere.push_back({node, now + kValid});
    } else {
      known->valid_until = now + kValid;
    }
  }
  for (const UserId& user : announcement.gone) {
    const auto at = channel.users.find(user);
    if (at == channel.users.end()) continue;
    const auto erased = std::erase_if(at->second.elsewhere,
                                      [&](const Elsewhere& there) { return there.node == node; });
    if (erased > 0 && at->second.is_lacking()) at->second.lacking_since = now;
  }
  return changes;
}

void ClusterPresence::announce_all(const ChannelId& id, const Channel& channel,
                                   std::vector<Announcement>& out) {
  Announcement part;
  part.channel = id;
  for (const auto& [user, present] : channel.users) {
    if (present.sessions == 0) continue;
    part.here.push_back(user);
    if (part.here.size() == kAnnouncedUsersMax) {
      out.push_back(part);
      part.here.clear();
    }
  }
  if (!part.here.empty()) out.push_back(std::move(part));
}

void ClusterPresence::announce_changes(Stripe& stripe, std::vector<Announcement>& out) {
  for (const ChannelId& id : std::exchange(stripe.changed, {})) {
    const auto found = stripe.channels.find(id);
    if (found == stripe.channels.end()) continue;
    Channel& channel = found->second;
    channel.listed = false;
    const std::vector<UserId> changed = std::exchange(channel.changed, {});
    Announcement news;
    news.channel = id;
    news.asks = std::exchange(channel.is_new, false);
    const auto full = [](const Announcement& part) {
      return std::max(part.here.size(), part.gone.size()) == kAnnouncedUsersMax;
    };
    for (const UserId& user : changed) {
      const auto at = channel.users.find(user);
      const bool here = at != channel.users.end() && at->second.sessions > 0;
      (here ? news.here : news.gone).push_back(user);
      if (!full(news)) continue;
      out.push_back(std::exchange(news, {.channel = id}));
    }
    if (news.asks || !news.here.empty() || !news.gone.empty()) out.push_back(std::move(news));
    if (std::exchange(channel.asked, false)) announce_all(id, channel, out);
  }
}

std::vector<Announcement> ClusterPresence::due(SteadyTime now) {
  std::vector<Announcement> out;
  for (Stripe& each : stripes_) {
    const std::lock_guard lock(each.mutex);
    if (!each.changed.empty()) announce_changes(each, out);
  }
  // A round goes through the stripes in turn, so that it is no burst.
  constexpr auto kShare = std::chrono::duration_cast<SteadyTime::duration>(kRound) / kStripes;
  if (next_share_ == SteadyTime{} || now - next_share_ > kRound) next_share_ = now - kShare;
  for (; next_share_ <= now; next_share_ += kShare) {
    Stripe& each = stripes_[next_in_round_];
    next_in_round_ = (next_in_round_ + 1) % kStripes;
    const std::lock_guard lock(each.mutex);
    for (const auto& [id, channel] : each.channels) announce_all(id, channel, out);
  }
  return out;
}

std::vector<BusEventPtr> ClusterPresence::sweep(SteadyTime now) {
  std::vector<BusEventPtr> gone;
  for (Stripe& each : stripes_) {
    const std::lock_guard lock(each.mutex);
    for (auto channel = each.channels.begin(); channel != each.channels.end();) {
      auto& users = channel->second.users;
      for (auto at = users.begin(); at != users.end();) {
        Present& present = at->second;
        SteadyTime lapsed{};
        const auto erased = std::erase_if(present.elsewhere, [&](const Elsewhere& there) {
          if (there.valid_until > now) return false;
          lapsed = std::max(lapsed, there.valid_until);
          return true;
        });
        if (erased > 0 && present.is_lacking()) present.lacking_since = lapsed;
        if (!present.is_lacking() || now - present.lacking_since < limits::kPresenceGrace) {
          ++at;
          continue;
        }
        gone.push_back(make_event(channel->first, at->first, false));
        at = users.erase(at);
      }
      channel = users.empty() ? each.channels.erase(channel) : std::next(channel);
    }
  }
  return gone;
}

}  // namespace kith
