// A page of a chat's messages (Chats::history).
#pragma once

#include "engine/ports/chats.h"
#include "storage/sql_connection.h"

namespace kith {

// `before_time` finds its place by halving over seq: messages are numbered in about the order of
// their times, and an index by time would cost every append a page more. Where a clock stepped
// back, messages that were sent before that time and numbered behind it are left out of that page.
Result<HistoryPage> read_history(SqlConnection& db, const Actor& actor,
                                 const HistoryRequest& request);

}  // namespace kith
