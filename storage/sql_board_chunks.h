// Ranks among a million: the entries of a run, in their order, are cut into chunks of at most
// kChunkMembersMax, and the chunks into blocks of at most kBlockMembersMax entries; the row of each
// says where it begins and how many are in it. A rank is the sum of the blocks ahead of one's own,
// of the chunks ahead within it, and the count of those ahead within one's chunk: exact, however
// the scores lie and however many are equal. (A counted B-tree of three levels, as rows.)
//
// Cost, among a million: some 40 blocks, 50 chunks and 50 entries of an index are read, in two
// statements. A move writes the entry and the rows of two chunks, and of two blocks where it leaves
// one for another; every 100th splits a chunk. What few are left in is joined with a neighbour, so
// that there are no more of them than the entries need, wherever these have gone.
//
// All in the transaction of whoever moves the entries: counts are never behind.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "storage/sql_connection.h"

namespace kith {

// Fewer than Min are joined with their neighbours where both together are Joined at most.
inline constexpr int kChunkMembersMax = 200;
inline constexpr int kChunkMembersMin = 25;
inline constexpr int kChunkJoinedMax = 150;
inline constexpr int kBlockMembersMax = 20'000;
inline constexpr int kBlockMembersMin = 2'500;
inline constexpr int kBlockJoinedMax = 15'000;

using BoardRunId = std::int64_t;
using BoardBlockId = std::int64_t;

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
  BoardBlockId block = 0;
  BoardPlace low{};
  std::int64_t members = 0;
};

// For an empty run.
void start_chunks(SqlConnection& db, BoardRunId run);
// For a run whose entries have been written without counting them.
void rebuild_chunks(SqlConnection& db, BoardRunId run);

// An entry that does not hide comes to this place (1), or goes from it (-1).
void count_entry(SqlConnection& db, BoardRunId run, const BoardPlace& place, int change);
// The two halves of it, for many boards in one statement: an UPDATE of chunks has returned this
// (id, run_id, block_id, low_lag, low_reached, members) ...
BoardChunk chunk_of(const SqlCursor& row);
// ... its size is kept within its bounds ...
void balance(SqlConnection& db, const BoardChunk& chunk, int change);
// ... and the blocks that entries were counted in and out of are told where it was not the same.
void count_blocks(SqlConnection& db, const std::vector<BoardBlockId>& in,
                  const std::vector<BoardBlockId>& out);

// How many of those who do not hide are ahead of this place.
std::uint64_t entries_ahead(SqlConnection& db, BoardRunId run, const BoardPlace& place);
// All of them.
std::uint64_t entries_in(SqlConnection& db, BoardRunId run);

}  // namespace kith
