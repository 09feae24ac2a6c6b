#include "storage/sql_board_chunks.h"

#include <algorithm>
#include <optional>

namespace kith {
namespace {

constexpr const char* kInsertChunk =
    "INSERT INTO board_chunks(run_id, low_lag, low_reached, members) VALUES($1, $2, $3, $4)";
constexpr const char* kResize = "UPDATE board_chunks SET members = $1 WHERE id = $2";
constexpr const char* kMembers = "UPDATE board_runs SET members = members + $1 WHERE id = $2";
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
  db.execute(kInsertChunk, chunk.run, middle.lag, middle.reached, chunk.members - stay);
}

struct Neighbour {
  std::int64_t id = 0;
  std::int64_t members = 0;
};

std::optional<Neighbour> first_of(SqlCursor rows) {
  if (!rows.next()) return std::nullopt;
  return Neighbour{.id = rows.integer(0), .members = rows.integer(1)};
}

// The chunk before takes it in; the first one, which begins where everything does, takes in the one
// behind.
void join(SqlConnection& db, const BoardChunk& chunk) {
  const bool is_first = chunk.low.lag == kBoardBegin.lag;
  const auto other =
      is_first ? first_of(db.query("SELECT id, members FROM board_chunks WHERE run_id = $1"
                                   " AND (low_lag, low_reached) > ($2, $3)"
                                   " ORDER BY low_lag, low_reached LIMIT 1",
                                   chunk.run, chunk.low.lag, chunk.low.reached))
               : first_of(db.query("SELECT id, members FROM board_chunks WHERE run_id = $1"
                                   " AND (low_lag, low_reached) < ($2, $3)"
                                   " ORDER BY low_lag DESC, low_reached DESC LIMIT 1",
                                   chunk.run, chunk.low.lag, chunk.low.reached));
  if (!other || other->members + chunk.members > kChunkJoinedMax) return;
  db.execute(kRemove, is_first ? other->id : chunk.id);
  db.execute(kResize, other->members + chunk.members, is_first ? chunk.id : other->id);
}

}  // namespace

void start_chunks(SqlConnection& db, BoardRunId run) {
  db.execute(kInsertChunk, run, kBoardBegin.lag, kBoardBegin.reached, 0);
}

void rebuild_chunks(SqlConnection& db, BoardRunId run) {
  struct Made {
    BoardPlace low;
    std::int64_t members = 0;
  };
  std::vector<Made> chunks{{.low = kBoardBegin}};
  {
    auto rows = db.query(
        "SELECT lag, reached FROM board_entries WHERE run_id = $1 AND hidden = 0"
        " ORDER BY lag, reached",
        run);
    while (rows.next()) {
      if (chunks.back().members == kChunkMembersMax / 2) {
        chunks.push_back({.low = {.lag = rows.integer(0), .reached = rows.integer(1)}});
      }
      ++chunks.back().members;
    }
  }
  db.execute("DELETE FROM board_chunks WHERE run_id = $1", run);
  std::int64_t members = 0;
  for (const Made& chunk : chunks) {
    db.execute(kInsertChunk, run, chunk.low.lag, chunk.low.reached, chunk.members);
    members += chunk.members;
  }
  db.execute("UPDATE board_runs SET members = $1 WHERE id = $2", members, run);
}

void count_entry(SqlConnection& db, BoardRunId run, const BoardPlace& place, int change) {
  std::optional<BoardChunk> chunk;
  {
    auto row = db.query(
        "UPDATE board_chunks SET members = members + $1 WHERE id = (SELECT id FROM board_chunks"
        " WHERE run_id = $2 AND (low_lag, low_reached) <= ($3, $4)"
        " ORDER BY low_lag DESC, low_reached DESC LIMIT 1)"
        " RETURNING id, run_id, low_lag, low_reached, members",
        change, run, place.lag, place.reached);
    while (row.next()) chunk = chunk_of(row);
  }
  if (!chunk) return;
  db.execute(kMembers, change, run);
  balance(db, *chunk);
}

void count_members(SqlConnection& db, const std::vector<BoardRunId>& in,
                   const std::vector<BoardRunId>& out) {
  const auto count = [&db](const auto& runs, const auto& others, int change) {
    for (const BoardRunId run : runs) {
      if (std::ranges::find(others, run) == others.end()) db.execute(kMembers, change, run);
    }
  };
  count(in, out, 1);
  count(out, in, -1);
}

BoardChunk chunk_of(const SqlCursor& row) {
  return {.id = row.integer(0),
          .run = row.integer(1),
          .low = {.lag = row.integer(2), .reached = row.integer(3)},
          .members = row.integer(4)};
}

void balance(SqlConnection& db, const BoardChunk& chunk) {
  if (chunk.members > kChunkMembersMax) split(db, chunk);
  if (chunk.members < kChunkMembersMin) join(db, chunk);
}

std::uint64_t entries_ahead(SqlConnection& db, BoardRunId run, const BoardPlace& place) {
  BoardPlace low;
  {
    auto row = db.query(
        "SELECT low_lag, low_reached FROM board_chunks WHERE run_id = $1"
        " AND (low_lag, low_reached) <= ($2, $3) ORDER BY low_lag DESC, low_reached DESC LIMIT 1",
        run, place.lag, place.reached);
    if (!row.next()) return 0;
    low = {.lag = row.integer(0), .reached = row.integer(1)};
  }
  // Order and limit say that these few are next to each other in the index: without them Postgres
  // takes the two bounds for a quarter of the table, and may read all of it.
  static_assert(kChunkMembersMax == 1'500);
  auto row = db.query(
      "SELECT (SELECT coalesce(sum(members), 0) FROM board_chunks WHERE run_id = $1"
      " AND (low_lag, low_reached) < ($2, $3))"
      " + (SELECT count(*) FROM (SELECT 1 FROM board_entries WHERE run_id = $1 AND hidden = 0"
      " AND (lag, reached) >= ($2, $3) AND (lag, reached) < ($4, $5)"
      " ORDER BY lag, reached LIMIT 1500) AS ahead)",
      run, low.lag, low.reached, place.lag, place.reached);
  return row.next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

std::uint64_t entries_in(SqlConnection& db, BoardRunId run) {
  auto row = db.query("SELECT members FROM board_runs WHERE id = $1", run);
  return row.next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

}  // namespace kith
