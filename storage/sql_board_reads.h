// Leaderboards read: plain functions within one read transaction, so that ranks, entries, total and
// revision are of one moment.
#pragma once

#include <vector>

#include "engine/ports/boards.h"
#include "protocol/result.h"
#include "storage/sql_board_chunks.h"
#include "storage/sql_connection.h"

namespace kith {

// The first entries of a run that do not hide.
std::vector<BoardEntry> first_entries(SqlConnection& db, BoardRunId run, std::uint32_t limit);

// As Boards::page; `over`: the board's period is, and nobody has begun the next one yet.
struct BoardRead {
  BoardPage page;
  bool over = false;
};
Result<BoardRead> read_board(SqlConnection& db, const Actor& reader, const BoardQuery& query);
Result<BoardTopPtr> read_board_top(SqlConnection& db, const ChannelId& board);
Result<BoardLook> look_at_boards(SqlConnection& db, const std::vector<ChannelId>& boards,
                                 WallTime now);

}  // namespace kith
