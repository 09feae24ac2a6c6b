// EventLog's operations on the memory store's tables; their contracts stand in
// engine/ports/event_log.h.
#pragma once

#include "storage/memory_tables.h"

namespace kith::memory {

Result<Appended> append(Tables& tables, const Append& append);
Result<Attached> attach(Tables& tables, const ChannelId& channel, UserKey user);
Result<Page> read(Tables& tables, const PageRequest& request);
Result<Measure> measure(Tables& tables, const ChannelId& channel, Seq after);
Heads heads_since(Tables& tables, std::optional<Position> position, const AskedChannels& asked);

// Where a chat's participants are few enough for each to be named.
bool names_participants(const Chat& chat);

}  // namespace kith::memory
