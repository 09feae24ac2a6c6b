// Ranks among a million: the entries of a run, in their order, are cut into chunks of at most
// kChunkMembersMax, and each chunk's row says where it begins and how many are in it. A rank is the
// sum of the chunks ahead of one's own, and the count of those ahead within it: exact, however the
// scores lie and however many are equal.
//
// Cost, for n entries: half of n / 750 small rows (at the most n / 450) and half a chunk of an
// index are read, so 700 and 375 of them among a million, in two statements; a move writes the
// entry and two of these rows, and every 750th splits one. Chunks that few are left in are joined,
// so that there are no more of them than the entries need, wherever these have gone. How many there
// are in all stands in the run's own row.
//
// All in the transaction of whoever moves the entries: counts are never behind.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "storage/sql_connection.h"

namespace kith {

inline constexpr int kChunkMembersMax = 1'500;
inline constexpr int kChunkMembersMin = 190;   // fewer are joined with their neighbours ...
inline constexpr int kChunkJoinedMax = 1'125;  // ... where these have room

using BoardRunId = std::int64_t;

// A place in a run: who has the lesser one is ahead.
struct BoardPlace {
  std::int64_t lag = 0;      // the score, negated
  std::int64_t reached = 0;  // the board's revision when it was
};
inline constexpr BoardPlace kBoardBegin{.lag = std::numeric_limits<std::int64_t>::min(),
                                        .reached = 0};

struct BoardChunk {
  std::int64_t id = 0;
  BoardRunId run = 0;
  BoardPlace low{};
  std::int64_t members = 0;
};

// For an empty run.
void start_chunks(SqlConnection& db, BoardRunId run);
// For a run whose entries have been written without counting them.
void rebuild_chunks(SqlConnection& db, BoardRunId run);

// An entry that does not hide comes to this place (1), or goes from it (-1).
void count_entry(SqlConnection& db, BoardRunId run, const BoardPlace& place, int change);
// Keeps the chunk's size within its bounds: to be called with what an UPDATE has returned (id,
// run_id, low_lag, low_reached, members).
BoardChunk chunk_of(const SqlCursor& row);
void balance(SqlConnection& db, const BoardChunk& chunk);

// How many of those who do not hide are ahead of this place.
std::uint64_t entries_ahead(SqlConnection& db, BoardRunId run, const BoardPlace& place);
// Of all runs that the mover's entries were counted in; and out of.
void count_members(SqlConnection& db, const std::vector<BoardRunId>& in,
                   const std::vector<BoardRunId>& out);
// All of them.
std::uint64_t entries_in(SqlConnection& db, BoardRunId run);

}  // namespace kith
