// Who is where (PROTOCOL section 4): the union over all shards of who follows which channel. Counts
// users, not sessions. A user whose last session went stays present for the grace time.
//
// Thread: called on any shard, synchronously, at subscribe and unsubscribe only (an implementation
// within the process takes a lock; nothing on the path of a message comes here).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/ids.h"

namespace kith {

class PresenceRegistry {
 public:
  struct Entered {
    bool came = false;       // the user was not present before, not even in their grace time
    std::uint32_t count = 0; // users present now
  };
  struct Left {
    bool last_session = false;  // no session of the user follows it any more: the grace time begins
  };
  struct Snapshot {
    std::uint32_t count = 0;
    std::vector<UserId> users;  // the first `users_max`, in order of arrival
  };

  virtual ~PresenceRegistry() = default;
  // One more / one less session of the user follows the channel.
  virtual Entered enter(const ChannelId& channel, const UserId& user) = 0;
  virtual Left leave(const ChannelId& channel, const UserId& user, SteadyTime now) = 0;
  // After the grace time: removes the user if no session came back since a leave at or before
  // `left_at`; then Entered::came is false and `count` is what remains. Nothing where they did.
  virtual std::optional<std::uint32_t> expire(const ChannelId& channel, const UserId& user,
                                              SteadyTime left_at) = 0;
  virtual Snapshot snapshot(const ChannelId& channel, std::size_t users_max) const = 0;
  // Sessions of the user that follow the channel now.
  virtual std::uint32_t sessions(const ChannelId& channel, const UserId& user) const = 0;
};

}  // namespace kith
