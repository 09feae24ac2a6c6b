// The boards themselves: how they come into being, and how their periods end. A run ends by one row
// that says so and one that begins the next: the old entries are swept away later, in steps, so
// that a reset of a million costs no more than one of ten.
//
// Thread: the writer's, with the boards locked (SqlConnection::lock_boards), but for
// sweep_boards().
#pragma once

#include <string>
#include <vector>

#include "engine/ports/boards.h"
#include "storage/sql_board_chunks.h"
#include "storage/sql_session.h"

namespace kith {

struct BoardRow {
  ChannelKey key{};
  ChannelId id;
  BoardRunId run = 0;
  std::uint64_t revision = 0;
  WallTime closes_at{};
  BoardPeriod period = BoardPeriod::all_time;
  std::string category{};
  std::string city{};  // folded
};

// The boards of a category, everywhere and in `city` (folded; may be empty), for all periods: made
// where they are missing, and begun anew where their time is over.
std::vector<BoardRow> current_boards(WriteContext& context, const std::string& category,
                                     const std::string& city, WallTime now,
                                     std::vector<BoardMoved>& moved);

// Ends the run of each board whose period is over, at most `limit` of them.
std::vector<BoardMoved> roll_boards(WriteContext& context, WallTime now, int limit);

// The same of one, where it is over.
std::vector<BoardMoved> roll_board(WriteContext& context, const ChannelId& board, WallTime now);

// Forgets entries of runs that are over, in its caller's transaction. How many rows went: 0 once
// there are none left.
std::int64_t sweep_boards(SqlConnection& db, int rows_max);

}  // namespace kith
