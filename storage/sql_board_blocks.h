// The upper level of sql_board_chunks.h.
#pragma once

#include "storage/sql_board_chunks.h"

namespace kith {

// An empty one, where the run begins.
BoardBlockId start_block(SqlConnection& db, BoardRunId run);
// By the entries, of whatever blocks there were. False: there are no entries, and no block.
bool rebuild_blocks(SqlConnection& db, BoardRunId run);

}  // namespace kith
