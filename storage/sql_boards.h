// Leaderboards as they are written: always in the transaction of what changes a score, so that a
// board is never ahead of the scores nor behind them, and counted exactly (sql_board_chunks.h).
//
// A user has one score per category and period; the board of everywhere shows it, and so does the
// board of the city that the user lives in (as of their last move: of two cities they never stand
// in both). Scores of periods are the sum of what was earned within them, that of all time is the
// total that the mover says.
//
// Where the database is shared, one transaction at a time moves boards, from its first move to its
// COMMIT: every move changes the boards of everywhere, so they would wait for each other anyway,
// and this way never in a ring. A move is seven statements, whatever the number of boards (ten, for
// one who lives somewhere).
//
// All answer which boards they have changed: to be told to Engine::boards_moved behind the COMMIT.
// What is not told is found by the look that every shard takes once a second.
#pragma once

#include <string>
#include <vector>

#include "engine/ports/boards.h"
#include "storage/sql_session.h"

namespace kith {

// What an activity has done to one score.
struct ScoreChange {
  UserRef user;
  std::string category;    // as configured: at most 64 bytes
  std::int64_t delta = 0;  // 0: nothing moves
  std::int64_t total = 0;  // behind it
  std::string city{};      // the user's, as they write it; may be empty
  WallTime at{};           // when it was earned: for periods that it lies in, and are not over
  WallTime now{};
};

std::vector<BoardMoved> move_boards(WriteContext& context, const ScoreChange& change);

// Nobody but themselves sees a hidden user on a board; who comes back stands where they were.
std::vector<BoardMoved> hide_from_boards(WriteContext& context, UserKey user, bool hidden);

// Part of an erasure: off all boards. What was kept of earlier runs is sql_erasure_scan's.
std::vector<BoardMoved> erase_from_boards(WriteContext& context, UserKey user);

}  // namespace kith
