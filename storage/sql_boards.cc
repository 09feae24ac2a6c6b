#include "storage/sql_boards.h"

#include <algorithm>

#include "protocol/assert.h"
#include "storage/board_windows.h"
#include "storage/sql_board_runs.h"

namespace kith {
namespace {

// An entry of a run that is not over, and its board.
struct BoardStanding {
  ChannelKey board{};
  ChannelId id;
  BoardRunId run = 0;
  BoardPlace place{};
  bool hidden = false;
};

std::vector<BoardStanding> standings(SqlCursor rows) {
  std::vector<BoardStanding> out;
  while (rows.next()) {
    out.push_back({.board = ChannelKey{rows.integer(0)},
                   .id = ChannelId(IdKind::board, rows.uuid(1)),
                   .run = rows.integer(2),
                   .place = {.lag = rows.integer(3), .reached = rows.integer(4)},
                   .hidden = rows.integer(5) != 0});
  }
  return out;
}

std::vector<BoardStanding> standings_of(SqlConnection& db, UserKey user) {
  return standings(
      db.query("SELECT b.id, c.public_id, e.run_id, e.lag, e.reached, e.hidden"
               " FROM board_entries e JOIN boards b ON b.run_id = e.run_id"
               " JOIN channels c ON c.id = b.id WHERE e.user_id = $1 ORDER BY b.id",
               user));
}

BoardMoved raise_revision(SqlConnection& db, const BoardStanding& standing) {
  auto row = db.query("UPDATE boards SET revision = revision + 1 WHERE id = $1 RETURNING revision",
                      standing.board);
  BoardMoved moved{.board = standing.id};
  while (row.next()) moved.revision = static_cast<std::uint64_t>(row.integer(0));
  return moved;
}

BoardMoved take_off(SqlConnection& db, UserKey user, const BoardStanding& standing) {
  if (!standing.hidden) count_entry(db, standing.run, standing.place, -1);
  db.execute("DELETE FROM board_entries WHERE user_id = $1 AND run_id = $2", user, standing.run);
  return raise_revision(db, standing);
}

// One who has moved house stands in the new city alone, but on boards that the change does not
// count for: those stay as they are until there is one that enters the new city's, too. Nor do they
// leave a board whose period is over, which only waits to be closed. (SQLite keeps the order of a
// CROSS JOIN: the user's few entries, and not all cities' boards.)
void leave_other_cities(SqlConnection& db, const ScoreChange& change, const std::string& city,
                        std::vector<BoardMoved>& moved) {
  const auto left =
      standings(db.query("SELECT b.id, c.public_id, e.run_id, e.lag, e.reached, e.hidden"
                         " FROM board_entries e CROSS JOIN boards b CROSS JOIN channels c"
                         " WHERE e.user_id = $1 AND b.run_id = e.run_id AND c.id = b.id"
                         " AND b.category = $2 AND b.city NOT IN ('', $3)"
                         " AND b.opens_at <= $4 AND b.closes_at > $5 ORDER BY b.id",
                         change.user.key, change.category, city, change.at, change.now));
  for (const BoardStanding& standing : left)
    moved.push_back(take_off(db, change.user.key, standing));
}

// Counts the mover's entries in (1) or out (-1), of all boards that the change is for: in the
// chunks, which lie in these blocks. (With the signs SQLite seeks by both: all who have the same
// score are passed over in one step.)
std::vector<BoardBlockId> count_all(SqlConnection& db, const ScoreChange& change,
                                    const std::string& city, int change_of_members) {
  std::vector<BoardChunk> chunks;
  {
    auto rows = db.query(
        "UPDATE board_chunks SET counted = counted + $1 WHERE id IN (SELECT"
        " (SELECT k.id FROM board_chunks k WHERE k.run_id = e.run_id"
        " AND (k.low_lag, k.low_reached) <= (+e.lag, +e.reached)"
        " ORDER BY k.low_lag DESC, k.low_reached DESC LIMIT 1)"
        " FROM boards b JOIN board_entries e ON e.run_id = b.run_id"
        " WHERE e.user_id = $2 AND e.hidden = 0"
        " AND b.category = $3 AND b.city IN ('', $4) AND b.opens_at <= $5)"
        " RETURNING id, run_id, block_id, low_lag, low_reached, counted",
        change_of_members, change.user.key, change.category, city, change.at);
    while (rows.next()) chunks.push_back(chunk_of(rows));
  }
  std::vector<BoardBlockId> blocks;
  for (const BoardChunk& chunk : chunks) {
    balance(db, chunk, change_of_members);
    blocks.push_back(chunk.block);
  }
  return blocks;
}

void raise_revisions(SqlConnection& db, const ScoreChange& change, const std::string& city,
                     const std::vector<BoardRow>& boards, std::vector<BoardMoved>& moved) {
  auto rows = db.query(
      "UPDATE boards SET revision = revision + 1"
      " WHERE category = $1 AND city IN ('', $2) AND opens_at <= $3 RETURNING id, revision",
      change.category, city, change.at);
  while (rows.next()) {
    const ChannelKey key{rows.integer(0)};
    const auto board = std::ranges::find(boards, key, &BoardRow::key);
    if (board == boards.end()) continue;
    const BoardMoved raised{.board = board->id,
                            .revision = static_cast<std::uint64_t>(rows.integer(1))};
    const auto known = std::ranges::find(moved, raised.board, &BoardMoved::board);
    if (known == moved.end()) {
      moved.push_back(raised);
    } else {
      *known = raised;
    }
  }
}

// The score of a period stands on the board of everywhere; a city's shows the same.
void write_entries(SqlConnection& db, const ScoreChange& change, const std::string& city) {
  static_assert(static_cast<int>(BoardPeriod::all_time) == 4);
  db.execute(
      "INSERT INTO board_entries(user_id, run_id, lag, reached, hidden)"
      " SELECT CAST($1 AS BIGINT), b.run_id, CASE WHEN b.period = 4 THEN CAST($2 AS BIGINT)"
      " ELSE coalesce((SELECT e.lag FROM boards w JOIN board_entries e ON e.run_id = w.run_id"
      " WHERE w.category = b.category AND w.city = '' AND w.period = b.period"
      " AND e.user_id = CAST($1 AS BIGINT)), 0) - CAST($3 AS BIGINT) END, b.revision,"
      " CASE WHEN EXISTS (SELECT 1 FROM board_hides h WHERE h.user_id = CAST($1 AS BIGINT))"
      " THEN 1 ELSE 0 END"
      " FROM boards b WHERE b.category = $4 AND b.city IN ('', $5) AND b.opens_at <= $6"
      " ON CONFLICT(user_id, run_id) DO UPDATE SET lag = excluded.lag,"
      " reached = excluded.reached, hidden = excluded.hidden",
      change.user.key, -change.total, change.delta, change.category, city, change.at);
}

}  // namespace

std::vector<BoardMoved> move_boards(WriteContext& context, const ScoreChange& change) {
  std::vector<BoardMoved> moved;
  if (change.delta == 0) return moved;
  SqlConnection& db = context.db;
  const std::string city = fold_city(change.city);
  db.lock_boards();
  const auto boards = current_boards(context, change.category, city, change.now, moved);
  leave_other_cities(db, change, city, moved);
  const auto out = count_all(db, change, city, -1);
  raise_revisions(db, change, city, boards, moved);
  write_entries(db, change, city);
  const auto in = count_all(db, change, city, 1);
  count_blocks(db, in, out);
  return moved;
}

std::vector<BoardMoved> hide_from_boards(WriteContext& context, UserKey user, bool hidden) {
  SqlConnection& db = context.db;
  std::vector<BoardMoved> moved;
  db.lock_boards();
  const std::int64_t changed =
      hidden
          ? db.execute("INSERT INTO board_hides(user_id) VALUES($1) ON CONFLICT DO NOTHING", user)
          : db.execute("DELETE FROM board_hides WHERE user_id = $1", user);
  if (changed == 0) return moved;
  for (const BoardStanding& standing : standings_of(db, user)) {
    if (standing.hidden == hidden) continue;
    if (hidden) count_entry(db, standing.run, standing.place, -1);
    db.execute("UPDATE board_entries SET hidden = $1 WHERE user_id = $2 AND run_id = $3",
               hidden ? 1 : 0, user, standing.run);
    if (!hidden) count_entry(db, standing.run, standing.place, 1);
    moved.push_back(raise_revision(db, standing));
  }
  return moved;
}

std::vector<BoardMoved> erase_from_boards(WriteContext& context, UserKey user) {
  SqlConnection& db = context.db;
  std::vector<BoardMoved> moved;
  db.lock_boards();
  for (const BoardStanding& standing : standings_of(db, user)) {
    moved.push_back(take_off(db, user, standing));
  }
  db.execute("DELETE FROM board_entries WHERE user_id = $1", user);  // of runs that are over
  db.execute("DELETE FROM board_hides WHERE user_id = $1", user);
  return moved;
}

}  // namespace kith
