#include "storage/sql_board_blocks.h"

#include <algorithm>
#include <optional>

namespace kith {
namespace {

struct Block {
  BoardBlockId id = 0;
  BoardRunId run = 0;
  BoardPlace low{};
  std::int64_t members = 0;
};

#define KITH_SELECT_BLOCK "SELECT id, run_id, low_lag, low_reached, counted FROM board_blocks "

Block block_of(const SqlCursor& row) {
  return {.id = row.integer(0),
          .run = row.integer(1),
          .low = {.lag = row.integer(2), .reached = row.integer(3)},
          .members = row.integer(4)};
}

std::optional<Block> first_of(SqlCursor row) {
  if (!row.next()) return std::nullopt;
  return block_of(row);
}

BoardBlockId insert_block(SqlConnection& db, BoardRunId run, const BoardPlace& low,
                          std::int64_t members) {
  auto row = db.query(
      "INSERT INTO board_blocks(run_id, low_lag, low_reached, counted) VALUES($1, $2, $3, $4)"
      " RETURNING id",
      run, low.lag, low.reached, members);
  BoardBlockId id = 0;
  while (row.next()) id = row.integer(0);
  return id;
}

void resize(SqlConnection& db, BoardBlockId block, std::int64_t members) {
  db.execute("UPDATE board_blocks SET counted = $1 WHERE id = $2", members, block);
}

// The chunks of a block from `low` on become another's.
void hand_over(SqlConnection& db, const Block& from, const BoardPlace& low, BoardBlockId to) {
  db.execute(
      "UPDATE board_chunks SET block_id = $1 WHERE block_id = $2"
      " AND (low_lag, low_reached) >= ($3, $4)",
      to, from.id, low.lag, low.reached);
}

void split(SqlConnection& db, const Block& block) {
  std::int64_t stay = 0;
  std::optional<BoardPlace> middle;
  {
    auto rows = db.query(
        "SELECT low_lag, low_reached, counted FROM board_chunks WHERE block_id = $1"
        " ORDER BY low_lag, low_reached",
        block.id);
    while (rows.next()) {
      if (stay >= block.members / 2) {
        middle = BoardPlace{.lag = rows.integer(0), .reached = rows.integer(1)};
        break;
      }
      stay += rows.integer(2);
    }
  }
  if (!middle) return;
  const BoardBlockId made = insert_block(db, block.run, *middle, block.members - stay);
  hand_over(db, block, *middle, made);
  resize(db, block.id, stay);
}

bool join(SqlConnection& db, const Block& before, const Block& behind) {
  if (before.members + behind.members > kBlockJoinedMax) return false;
  hand_over(db, behind, behind.low, before.id);
  db.execute("DELETE FROM board_blocks WHERE id = $1", behind.id);
  resize(db, before.id, before.members + behind.members);
  return true;
}

void join_a_neighbour(SqlConnection& db, const Block& block) {
  if (block.members >= kBlockMembersMin) return;
  const auto before =
      first_of(db.query(KITH_SELECT_BLOCK "WHERE run_id = $1 AND (low_lag, low_reached) < ($2, $3)"
                                          " ORDER BY low_lag DESC, low_reached DESC LIMIT 1",
                        block.run, block.low.lag, block.low.reached));
  if (before && join(db, *before, block)) return;
  const auto behind =
      first_of(db.query(KITH_SELECT_BLOCK "WHERE run_id = $1 AND (low_lag, low_reached) > ($2, $3)"
                                          " ORDER BY low_lag, low_reached LIMIT 1",
                        block.run, block.low.lag, block.low.reached));
  if (behind) join(db, block, *behind);
}

// Those of `blocks` that are not among the others.
std::vector<BoardBlockId> alone(const std::vector<BoardBlockId>& blocks,
                                const std::vector<BoardBlockId>& others) {
  std::vector<BoardBlockId> out;
  std::ranges::copy_if(blocks, std::back_inserter(out), [&](BoardBlockId block) {
    return std::ranges::find(others, block) == others.end();
  });
  return out;
}

}  // namespace

BoardBlockId start_block(SqlConnection& db, BoardRunId run) {
  return insert_block(db, run, kBoardBegin, 0);
}

bool rebuild_blocks(SqlConnection& db, BoardRunId run) {
  db.execute("DELETE FROM board_blocks WHERE run_id = $1", run);
  static_assert(kBlockMembersMax / 2 == 10'000);
  const std::int64_t made = db.execute(
      "INSERT INTO board_blocks(run_id, low_lag, low_reached, counted) SELECT run_id,"
      " CASE WHEN place = 0 THEN CAST($1 AS BIGINT) ELSE lag END,"
      " CASE WHEN place = 0 THEN CAST($2 AS BIGINT) ELSE reached END,"
      " CASE WHEN entries - place < 10000 THEN entries - place ELSE 10000 END"
      " FROM (SELECT run_id, lag, reached, row_number() OVER (ORDER BY lag, reached) - 1 AS place,"
      " count(*) OVER () AS entries FROM board_entries WHERE run_id = $3 AND hidden = 0) AS placed"
      " WHERE place % 10000 = 0",
      kBoardBegin.lag, kBoardBegin.reached, run);
  return made > 0;
}

void count_blocks(SqlConnection& db, const std::vector<BoardBlockId>& in,
                  const std::vector<BoardBlockId>& out) {
  const auto count = [&db](BoardBlockId block, int change) {
    auto row = db.query(
        "UPDATE board_blocks SET counted = counted + $1 WHERE id = $2"
        " RETURNING id, run_id, low_lag, low_reached, counted",
        change, block);
    std::optional<Block> counted;
    while (row.next()) counted = block_of(row);
    return counted;
  };
  for (const BoardBlockId block : alone(in, out)) {
    const auto counted = count(block, 1);
    if (counted && counted->members > kBlockMembersMax) split(db, *counted);
  }
  // Out of each before the first is joined with a neighbour, which may be another of them.
  const auto left = alone(out, in);
  for (const BoardBlockId block : left) count(block, -1);
  for (const BoardBlockId block : left) {
    const auto counted = first_of(db.query(KITH_SELECT_BLOCK "WHERE id = $1", block));
    if (counted) join_a_neighbour(db, *counted);
  }
}

}  // namespace kith
