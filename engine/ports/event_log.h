// The log (ARCHITECTURE 2.2, 2.3): appends messages, reads any channel's durable events back.
//
// Thread: every method is called on one shard; every callback comes back on that shard. A callback
// is called exactly once, also when the store stops (unavailable), and never from inside the call.
// Order: appends of one shard to one channel are numbered in the order of the calls, and their
// callbacks come in that order.
//
// Errors, for all methods:
//   unavailable  the store is full, down or overloaded (with retry_after); an append may still have
//                been committed: retrying it is safe (dedup)
//   forbidden    no such channel, or the user may not: told alike
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/callback.h"
#include "protocol/content.h"
#include "protocol/event.h"
#include "protocol/ids.h"
#include "protocol/limits.h"

namespace kith {

struct Append {
  ChatId chat;
  UserKey sender_key{};
  UserId sender;
  MessageId message;
  std::string client_message_id;
  Content content;
  std::optional<MessageId> reply_to;
  WallTime sent_at{};
};

struct Appended {
  Seq seq = 0;
  Position position = 0;
  MessageId message;  // of a duplicate: the original's, as are seq and sent_at
  WallTime sent_at{};
  bool duplicate = false;
};

// Hands the command back, so that the event can be made of it without a copy.
using AppendCallback = UniqueFunction<void(Append&&, Result<Appended>)>;

struct Receipt {
  UserId user;
  Seq last_read_seq = 0;
};

struct Attached {
  ChannelKey key{};
  Seq head = 0;  // the last seq committed; 0 where there is none
  std::uint32_t participants = 0;
  ParticipantRole role = ParticipantRole::member;
  std::vector<Receipt> receipts;  // of chats with at most kReceiptsParticipantsMax participants
  // The user's own: they may not send before it. WallTime::max(): for good. May lie in the past;
  // nothing where they are not muted, and in channels that are no chats.
  std::optional<WallTime> muted_until{};
  // A block stands in this direct chat: neither is told whether the other is there.
  bool blocked = false;
};

struct PageRequest {
  ChannelId channel;
  std::optional<UserKey> reader;  // whose right is checked in the same snapshot; none: the shard
  Seq after = 0;
  std::uint32_t events_max = limits::kReplayPageEvents;
  std::size_t bytes_max = limits::kReplayPageBytes;  // at least one event always comes
};
struct Page {
  std::vector<DurableEvent> events;  // after+1, after+2, ... with the content of now
  Seq head = 0;                      // of the channel, in the same snapshot
  // Where not 0, the rows up to this seq have been trimmed and `after` lies below it: the page
  // starts behind the hole.
  Seq trimmed_to = 0;
};

struct Measure {
  Seq events = 0;         // head - after
  std::size_t bytes = 0;  // about what their frames take; counting stops above kReplayBytesMax
};

struct Head {
  ChannelId channel;
  Seq seq = 0;
};
struct Heads {
  Position position = 0;    // up to here it tells of all that it was asked for
  std::vector<Head> heads;  // the newest seq of each channel that was appended to
};
// Those whose heads are asked for; nothing: of all.
using AskedChannels = std::optional<std::vector<ChannelId>>;
// Is it less to look at each of them than at each event between the position and where the log
// stands now? Also where the log has gone back: behind the position there is nothing yet.
inline bool look_at_each(const AskedChannels& asked, Position since, const Heads& now) {
  return asked && (now.position < since || asked->size() < now.position - since);
}

class EventLog {
 public:
  virtual ~EventLog() = default;

  // Commits one message, or finds that it was committed before. Queues it: nothing moves before
  // submit(), which the shard calls once at the end of each turn (one lock, one wake-up).
  // In the transaction, in this order: the sender's right (forbidden: no such chat, not in it,
  // banned), dedup on (chat, sender, client_message_id) (the original is answered, or conflict
  // where the canonical content or reply_to differ from those first sent), the mute (forbidden, the
  // message names it: what was sent before it is acknowledged however late it is asked for),
  // `reply_to` in the same chat (not_found), and only then a number.
  virtual void append(Append append, AppendCallback done) = 0;
  virtual void submit() = 0;

  // The channel's head and the user's standing in it, in one snapshot. forbidden.
  virtual void attach(ChannelId channel, UserKey user, Callback<Attached> done) = 0;

  // Events after a position, in order, without holes. forbidden where `reader` may not (any more).
  virtual void read(PageRequest request, Callback<Page> done) = 0;

  // How much was missed since `after`.
  virtual void measure(ChannelId channel, Seq after, Callback<Measure> done) = 0;

  // What was appended since a position: the look that heals what the bus lost (ARCHITECTURE 2.5).
  // With no position: the current one, and no heads. Of channels that were not asked for nothing
  // need be told, and of one that was its head also where nothing was appended.
  virtual void heads_since(std::optional<Position> position, AskedChannels asked,
                           Callback<Heads> done) = 0;

  // A channel ends before what was delivered from it: this is not the log that it was (a failover
  // to a standby that was behind). The store gives the history another name (ARCHITECTURE 2.9).
  virtual void went_back() {}
};

}  // namespace kith
