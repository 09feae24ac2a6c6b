// What LocalBusHub reaches other nodes by. One per process, behind the bus between its shards: an
// event that shards exchange among themselves never goes this way and back.
#pragma once

#include <vector>

#include "engine/ports/bus.h"

namespace kith {

class BusUplink {
 public:
  virtual ~BusUplink() = default;
  // The first shard follows the channel; the last one has stopped. Called under the hub's lock, so
  // in the order in which it happened; must not call the hub from inside.
  virtual void follow(const ChannelId& channel) = 0;
  virtual void unfollow(const ChannelId& channel) = 0;
  // A turn of one shard, in order. Any shard's thread; never blocks.
  virtual void publish(const std::vector<BusEventPtr>& events) = 0;
  virtual bool ill() const = 0;
};

}  // namespace kith
