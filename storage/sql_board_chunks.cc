#include "storage/sql_board_chunks.h"

#include <algorithm>
#include <optional>

#include "storage/sql_board_blocks.h"

namespace kith {
namespace {

constexpr const char* kInsertChunk =
    "INSERT INTO board_chunks(run_id, block_id, low_lag, low_reached, counted) "
    "VALUES($1, $2, $3, $4, $5)";
constexpr const char* kResize = "UPDATE board_chunks SET counted = $1 WHERE id = $2";
constexpr const char* kRemove = "DELETE FROM board_chunks WHERE id = $1";

void split(SqlConnection& db, const BoardChunk& chunk) {
  const std::int64_t stay = chunk.members / 2;
  BoardPlace middle;
  {
    auto row = db.query(
        "SELECT lag, reached FROM board_entries WHERE run_id = $1 AND hidden = 0"
        " AND (lag, reached) >= ($2, $3) ORDER BY lag, reached LIMIT 1 OFFSET $4",
        chunk.run, chunk.low.lag, chunk.low.reached, stay);
    if (!row.next()) return;
    middle = {.lag = row.integer(0), .reached = row.integer(1)};
  }
  db.execute(kResize, stay, chunk.id);
  db.execute(kInsertChunk, chunk.run, chunk.block, middle.lag, middle.reached,
             chunk.members - stay);
}

// With whom it may be joined: those of its own block, so that a block begins with a chunk.
std::optional<BoardChunk> with_room(const BoardChunk& chunk, SqlCursor row) {
  if (!row.next()) return std::nullopt;
  const BoardChunk other = chunk_of(row);
  if (other.block != chunk.block || other.members + chunk.members > kChunkJoinedMax) {
    return std::nullopt;
  }
  return other;
}

#define KITH_SELECT_CHUNK \
  "SELECT id, run_id, block_id, low_lag, low_reached, counted FROM board_chunks "

// The one before takes the one behind in.
void join(SqlConnection& db, const BoardChunk& before, const BoardChunk& behind) {
  db.execute(kRemove, behind.id);
  db.execute(kResize, before.members + behind.members, before.id);
}

void join_a_neighbour(SqlConnection& db, const BoardChunk& chunk) {
  if (chunk.low.lag != kBoardBegin.lag) {
    const auto before = with_room(
        chunk, db.query(KITH_SELECT_CHUNK "WHERE run_id = $1 AND (low_lag, low_reached) < ($2, $3)"
                                          " ORDER BY low_lag DESC, low_reached DESC LIMIT 1",
                        chunk.run, chunk.low.lag, chunk.low.reached));
    if (before) return join(db, *before, chunk);
  }
  const auto behind = with_room(
      chunk, db.query(KITH_SELECT_CHUNK "WHERE run_id = $1 AND (low_lag, low_reached) > ($2, $3)"
                                        " ORDER BY low_lag, low_reached LIMIT 1",
                      chunk.run, chunk.low.lag, chunk.low.reached));
  if (behind) join(db, chunk, *behind);
}

}  // namespace

void start_chunks(SqlConnection& db, BoardRunId run) {
  const BoardBlockId block = start_block(db, run);
  db.execute(kInsertChunk, run, block, kBoardBegin.lag, kBoardBegin.reached, 0);
}

void rebuild_chunks(SqlConnection& db, BoardRunId run) {
  db.execute("DELETE FROM board_chunks WHERE run_id = $1", run);
  if (!rebuild_blocks(db, run)) return start_chunks(db, run);
  static_assert(kChunkMembersMax / 2 == 100);
  db.execute(
      "INSERT INTO board_chunks(run_id, block_id, low_lag, low_reached, counted)"
      " SELECT run_id, (SELECT b.id FROM board_blocks b WHERE b.run_id = placed.run_id"
      " AND (b.low_lag, b.low_reached) <= (placed.lag, placed.reached)"
      " ORDER BY b.low_lag DESC, b.low_reached DESC LIMIT 1),"
      " CASE WHEN place = 0 THEN CAST($1 AS BIGINT) ELSE lag END,"
      " CASE WHEN place = 0 THEN CAST($2 AS BIGINT) ELSE reached END,"
      " CASE WHEN entries - place < 100 THEN entries - place ELSE 100 END"
      " FROM (SELECT run_id, lag, reached, row_number() OVER (ORDER BY lag, reached) - 1 AS place,"
      " count(*) OVER () AS entries FROM board_entries WHERE run_id = $3 AND hidden = 0) AS placed"
      " WHERE place % 100 = 0",
      kBoardBegin.lag, kBoardBegin.reached, run);
}

void count_entry(SqlConnection& db, BoardRunId run, const BoardPlace& place, int change) {
  std::optional<BoardChunk> chunk;
  {
    auto row = db.query(
        "UPDATE board_chunks SET counted = counted + $1 WHERE id = (SELECT id FROM board_chunks"
        " WHERE run_id = $2 AND (low_lag, low_reached) <= ($3, $4)"
        " ORDER BY low_lag DESC, low_reached DESC LIMIT 1)"
        " RETURNING id, run_id, block_id, low_lag, low_reached, counted",
        change, run, place.lag, place.reached);
    while (row.next()) chunk = chunk_of(row);
  }
  if (!chunk) return;
  balance(db, *chunk, change);
  if (change > 0) {
    count_blocks(db, {chunk->block}, {});
  } else {
    count_blocks(db, {}, {chunk->block});
  }
}

BoardChunk chunk_of(const SqlCursor& row) {
  return {.id = row.integer(0),
          .run = row.integer(1),
          .block = row.integer(2),
          .low = {.lag = row.integer(3), .reached = row.integer(4)},
          .members = row.integer(5)};
}

void balance(SqlConnection& db, const BoardChunk& chunk, int change) {
  if (change > 0 && chunk.members > kChunkMembersMax) split(db, chunk);
  if (change < 0 && chunk.members < kChunkMembersMin) join_a_neighbour(db, chunk);
}

std::uint64_t entries_ahead(SqlConnection& db, BoardRunId run, const BoardPlace& place) {
  BoardPlace block;
  BoardPlace chunk;
  BoardBlockId block_id = 0;
  {
    auto row = db.query(
        "SELECT k.block_id, b.low_lag, b.low_reached, k.low_lag, k.low_reached"
        " FROM board_chunks k JOIN board_blocks b ON b.id = k.block_id"
        " WHERE k.run_id = $1 AND (k.low_lag, k.low_reached) <= ($2, $3)"
        " ORDER BY k.low_lag DESC, k.low_reached DESC LIMIT 1",
        run, place.lag, place.reached);
    if (!row.next()) return 0;
    block_id = row.integer(0);
    block = {.lag = row.integer(1), .reached = row.integer(2)};
    chunk = {.lag = row.integer(3), .reached = row.integer(4)};
  }
  // Order and limit say that these few are next to each other in the index: without them Postgres
  // takes the two bounds for a quarter of the table, and may read all of it.
  static_assert(kChunkMembersMax == 200);
  auto row = db.query(
      "SELECT (SELECT coalesce(sum(counted), 0) FROM board_blocks WHERE run_id = $1"
      " AND (low_lag, low_reached) < ($2, $3))"
      " + (SELECT coalesce(sum(counted), 0) FROM board_chunks WHERE block_id = $4"
      " AND (low_lag, low_reached) < ($5, $6))"
      " + (SELECT count(*) FROM (SELECT 1 FROM board_entries WHERE run_id = $1 AND hidden = 0"
      " AND (lag, reached) >= ($5, $6) AND (lag, reached) < ($7, $8)"
      " ORDER BY lag, reached LIMIT 200) AS ahead)",
      run, block.lag, block.reached, block_id, chunk.lag, chunk.reached, place.lag, place.reached);
  return row.next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

std::uint64_t entries_in(SqlConnection& db, BoardRunId run) {
  auto row = db.query("SELECT coalesce(sum(counted), 0) FROM board_blocks WHERE run_id = $1", run);
  return row.next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

}  // namespace kith
