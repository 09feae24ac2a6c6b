#include "storage/sql_board_past.h"

#include <simdjson.h>

#include "storage/board_windows.h"

namespace kith {
namespace {

// What is kept of a period, but for its entries, which are JSON.
struct KeptBoard {
  PastBoard board;
  std::string data;
};

#define KITH_KEPT_BOARD                                                 \
  "SELECT opened_at, closed_at, total, data FROM leaderboard_snapshots" \
  " WHERE category = $1 AND city = $2 AND period = $3 "

std::optional<KeptBoard> read_kept(SqlCursor row) {
  if (!row.next()) return std::nullopt;
  return KeptBoard{.board = {.opened_at = row.time(0),
                             .closed_at = row.time(1),
                             .total = static_cast<std::uint64_t>(row.integer(2)),
                             .entries = {}},
                   .data = std::string(row.text(3))};
}

std::optional<KeptBoard> find_kept(SqlConnection& db, const PastBoardQuery& query) {
  const std::string city = fold_city(query.name.city);
  const int period = static_cast<int>(query.name.period);
  if (query.at) {
    return read_kept(db.query(KITH_KEPT_BOARD
                              "AND closed_at > $4 AND opened_at <= $5 ORDER BY closed_at LIMIT 1",
                              query.name.category, city, period, *query.at, *query.at));
  }
  return read_kept(db.query(KITH_KEPT_BOARD "ORDER BY closed_at DESC LIMIT 1", query.name.category,
                            city, period));
}

// Nothing for who has been erased since, whose id is null, or hides by now.
std::optional<UserId> shown_user(SqlConnection& db, simdjson::dom::element entry) {
  std::string_view text;
  if (entry["user_id"].get(text) != simdjson::SUCCESS) return std::nullopt;
  const auto user = UserId::parse(text);
  if (!user) return std::nullopt;
  const bool hides = db.query(
                           "SELECT 1 FROM channels c JOIN board_hides h ON h.user_id = c.id"
                           " WHERE c.public_id = $1",
                           user->uuid)
                         .next();
  return hides ? std::nullopt : user;
}

}  // namespace

Result<PastBoard> read_past_board(SqlConnection& db, const PastBoardQuery& query) {
  auto kept = find_kept(db, query);
  if (!kept) return fail(ErrorCode::not_found, "no period is over that anybody scored in");
  thread_local simdjson::dom::parser parser;
  simdjson::dom::array entries;
  if (parser.parse(kept->data).get(entries) != simdjson::SUCCESS) {
    return fail(ErrorCode::internal, "what was kept of the board cannot be read");
  }
  for (const simdjson::dom::element entry : entries) {
    if (kept->board.entries.size() >= query.limit) break;
    std::int64_t rank = 0;
    std::int64_t score = 0;
    if (entry["rank"].get(rank) != simdjson::SUCCESS ||
        entry["score"].get(score) != simdjson::SUCCESS) {
      continue;
    }
    kept->board.entries.push_back(
        {.rank = static_cast<std::uint64_t>(rank), .user = shown_user(db, entry), .score = score});
  }
  return std::move(kept->board);
}

}  // namespace kith
