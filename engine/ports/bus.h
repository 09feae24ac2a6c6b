// The bus between shards and between nodes: to a shard both are the same, something behind
// the bus (ARCHITECTURE 2.1, 2.5). It may lose, repeat and reorder; the sequencer and the look at
// the log's heads make up for it. What it carries is fast, never authoritative.
//
// Thread: all methods on the owning shard; events come through Receiver on that shard.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "protocol/event.h"
#include "protocol/ids.h"

namespace kith {

enum class BusKind : std::uint8_t {
  durable,   // `event` and `frame` are set
  typing,    // user started or stopped
  read,      // user's mark moved to seq
  presence,  // user came to or left the channel
  board,     // the leaderboard has moved to revision seq
  spent,     // user has used up seq of a minute's limit of messages; on kLimitsChannel
  state,     // `frame` takes the place of what was said before about what `seq` stands for
};

// What every shard that limits anybody follows. Of a kind that no client can name.
inline const ChannelId kLimitsChannel{IdKind::session, Uuid{}};

// Immutable once published: shared by the shards of a process.
struct BusEvent {
  BusKind kind = BusKind::durable;
  ChannelId channel;
  UserId user;             // whose doing it is
  bool start = false;      // typing: started; presence: came
  Seq seq = 0;             // durable, read, board, spent; state: what it is about, never 0
  DurableEvent event;      // durable
  std::string frame;       // durable, read, state: the encoded WebSocket frame
  std::string sender_ack;  // durable, sent over HTTP: the ack frame for the sender's live sockets
};
using BusEventPtr = std::shared_ptr<const BusEvent>;

class Bus {
 public:
  class Receiver {
   public:
    virtual ~Receiver() = default;
    virtual void on_bus_event(const BusEventPtr& event) = 0;
    // The bus was ill and works again: what was published meanwhile is in the log alone.
    virtual void on_bus_healed() = 0;
  };

  virtual ~Bus() = default;
  // From here on events of the channel published by others arrive, until unfollow.
  virtual void follow(const ChannelId& channel) = 0;
  virtual void unfollow(const ChannelId& channel) = 0;
  // To everybody who follows the channel but this shard itself. Never blocks; what does not fit is
  // dropped and counted. Delivered with the flush() that the shard calls at the end of its turn.
  virtual void publish(BusEventPtr event) = 0;
  // False: this shard is alone, and what it publishes reaches nobody.
  virtual bool reaches_others() const = 0;
  virtual void flush() = 0;
  // While ill, nobody waits for reordering: holes are filled from the log at once.
  virtual bool ill() const = 0;
};

}  // namespace kith
