// The log read back (ARCHITECTURE 2.2): a channel's messages and its other durable events, merged
// by number, with public ids and the content of now. Plain functions within one read transaction.
//
// Errors: as engine/ports/event_log.h has them; internal where the log has a hole, which would be a
// bug of the store's: a page with a hole is never given out.
#pragma once

#include "engine/ports/event_log.h"
#include "protocol/result.h"
#include "storage/sql_connection.h"

namespace kith {

Result<Attached> attach_to_channel(SqlConnection& db, const ChannelId& channel, UserKey user);
Result<Page> read_page(SqlConnection& db, const PageRequest& request);
Result<Measure> measure_missed(SqlConnection& db, const ChannelId& channel, Seq after);
Result<Heads> find_heads(SqlConnection& db, std::optional<Position> position,
                         const AskedChannels& asked);

}  // namespace kith
