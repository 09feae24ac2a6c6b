// Presence as the clients see it (PROTOCOL section 4): joins at once, leaves after the grace time,
// and above kPresenceUsersMax only the count, at most once a second. Who is where is the registry's
// knowledge; changes reach the other shards by the bus.
#pragma once

#include <deque>
#include <vector>

#include "engine/channel.h"
#include "engine/context.h"
#include "protocol/json_writer.h"

namespace kith {

class PresenceTracker {
 public:
  explicit PresenceTracker(Context& context) : context_(context) {}

  // One more / one less session of this shard follows the channel.
  void entered(Channel& channel, const UserId& user);
  void left(Channel& channel, const UserId& user);
  void on_bus_event(const BusEvent& event);
  // {"count":3,"users":["usr_..."]}
  void write_snapshot(JsonWriter& writer, const ChannelId& channel) const;
  void tick();
  SteadyTime next_deadline() const;

 private:
  struct Leaving {
    SteadyTime due{};
    SteadyTime left_at{};
    ChannelId channel;
    UserId user;
  };

  void announce(const ChannelId& channel, const UserId& user, bool came);
  void say(Channel& channel, const UserId& user, bool came, std::uint32_t count);
  void say_count(Channel& channel, std::uint32_t count);

  Context& context_;
  std::deque<Leaving> leaving_;  // in order of `due`: the grace time is the same for all
  std::vector<ChannelId> counts_due_;
  SteadyTime next_counts_{};
};

}  // namespace kith
