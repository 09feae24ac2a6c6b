// Who is typing where (PROTOCOL section 4). Ephemeral: every shard that follows a channel keeps its
// own list, told by the bus, and ends an entry by itself: 5 s after the last start, when the user's
// message comes by, or when the user's last session in the chat goes.
#pragma once

#include "engine/channel.h"
#include "engine/context.h"

namespace kith {

class Typing {
 public:
  explicit Typing(Context& context) : context_(context) {}

  // A user of this shard, whose right was checked, started or stopped.
  void announce(const ChatId& chat, const UserId& user, bool start);
  void on_bus_event(const BusEvent& event);
  // Ends the user's entry here, if there is one, and says so.
  void stop(Channel& channel, const UserId& user);
  void tick();
  SteadyTime next_deadline() const;

 private:
  void start(Channel& channel, const UserId& user);
  void say(Channel& channel, const UserId& user, bool start);

  Context& context_;
  std::vector<ChannelId> active_;  // channels with entries
};

}  // namespace kith
