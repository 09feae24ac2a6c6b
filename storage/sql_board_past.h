// Boards of periods that are over, as they ended (leaderboard_snapshots): within one read
// transaction.
#pragma once

#include "engine/ports/boards.h"
#include "protocol/result.h"
#include "storage/sql_connection.h"

namespace kith {

Result<PastBoard> read_past_board(SqlConnection& db, const PastBoardQuery& query);

}  // namespace kith
