#include "storage/sql_board_seed.h"

#include "storage/sql_board_runs.h"

namespace kith {
namespace {

constexpr std::int64_t kStride = 7'919;
constexpr std::int64_t kScores = 100'000;

}  // namespace

void seed_scores(SqlConnection& db, const std::vector<std::int64_t>& users, WallTime now) {
  WriteContext context(db);
  db.lock_boards();
  std::vector<BoardMoved> moved;
  const auto boards = current_boards(context, "overall", "", now, moved);
  std::int64_t number = 0;
  for (const std::int64_t user : users) {
    if (db.failure()) return;
    db.execute(
        "INSERT INTO board_entries(user_id, run_id, lag, reached) SELECT CAST($1 AS BIGINT),"
        " run_id, CAST($2 AS BIGINT), revision + CAST($3 AS BIGINT) FROM boards"
        " WHERE category = 'overall' AND city = ''",
        user, -(number * kStride % kScores + 1), number + 1);
    ++number;
  }
  db.execute("UPDATE boards SET revision = revision + $1 WHERE category = 'overall' AND city = ''",
             number);
  for (const BoardRow& board : boards) rebuild_chunks(db, board.run);
}

}  // namespace kith
