// Who may read which channel: the one test behind attaching, admission, pages of the log and
// `presence`. A chat is for its participants, a club's channel for its members, an event's for
// whoever sees the event (sql_event_access.h), a user's for that user, a board's for
// whoever is logged in.
//
// Every right that this tells must end with an event that is durable in the channel itself
// (protocol/event.h: ends_right, and a ban by system_moderation), in the transaction that ends it:
// that is where sessions are cut, on every node at the same number (ARCHITECTURE 2.8).
#pragma once

#include <optional>

#include "protocol/event.h"
#include "storage/sql_connection.h"

namespace kith {

// The reader's place in the channel.
struct ChannelReader {
  ParticipantRole role = ParticipantRole::member;
  std::optional<WallTime> muted_until{};  // of chats
  bool blocked = false;                   // of direct chats: by a block between the two
};
// Nothing where they may not read it. `key` is the channel's.
std::optional<ChannelReader> find_channel_reader(SqlConnection& db, const ChannelId& channel,
                                                 ChannelKey key, UserKey user);

}  // namespace kith
