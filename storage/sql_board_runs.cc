#include "storage/sql_board_runs.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "protocol/json_writer.h"
#include "storage/board_windows.h"
#include "storage/sql_board_reads.h"

namespace kith {
namespace {

constexpr std::array kPeriods{BoardPeriod::day, BoardPeriod::week, BoardPeriod::month,
                              BoardPeriod::season, BoardPeriod::all_time};

// A board's id follows from what it is of (UUID version 8, RFC 9562 section 5.8): whoever makes it,
// it is the same.
ChannelId board_id(const std::string& category, const std::string& city, BoardPeriod period) {
  std::string name = "kith board";
  for (const std::string_view part : {std::string_view(category), std::string_view(city)}) {
    name += '\0';
    name += part;
  }
  name += static_cast<char>(period);
  Uuid uuid{};
  crypto_generichash(uuid.data(), uuid.size(), reinterpret_cast<const unsigned char*>(name.data()),
                     name.size(), nullptr, 0);
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0F) | 0x80);
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3F) | 0x80);
  return {IdKind::board, uuid};
}

BoardRunId begin_run(SqlConnection& db, ChannelKey board) {
  BoardRunId run = 0;
  {
    auto row = db.query("INSERT INTO board_runs(board_id) VALUES($1) RETURNING id", board);
    if (row.next()) run = row.integer(0);
  }
  start_chunks(db, run);
  return run;
}

BoardRow make_board(WriteContext& context, const std::string& category, const std::string& city,
                    BoardPeriod period, WallTime now) {
  const BoardWindow window = board_window(period, now);
  BoardRow board{.id = board_id(category, city, period),
                 .closes_at = window.closes,
                 .period = period,
                 .category = category,
                 .city = city};
  board.key = context.insert_channel(board.id);
  board.run = begin_run(context.db, board.key);
  context.db.execute(
      "INSERT INTO boards(id, category, city, period, run_id, opens_at, closes_at)"
      " VALUES($1, $2, $3, $4, $5, $6, $7)",
      board.key, category, city, static_cast<int>(period), board.run, window.opens, window.closes);
  return board;
}

std::string snapshot_of(const std::vector<BoardEntry>& entries) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const BoardEntry& entry : entries) {
    json.begin_object().field("rank", entry.rank).field("user_id", entry.user);
    json.field("score", entry.score).end_object();
  }
  json.end_array();
  return out;
}

void keep_snapshot(SqlConnection& db, const BoardRow& board, WallTime opened, WallTime now) {
  const auto entries = first_entries(db, board.run, limits::kLeaderboardLimitMax);
  if (entries.empty()) return;
  db.execute(
      "INSERT INTO leaderboard_snapshots(city, category, period, opened_at, closed_at, total, data,"
      " generated_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8)",
      board.city, board.category, static_cast<int>(board.period), opened, board.closes_at,
      entries_in(db, board.run), snapshot_of(entries), now);
}

void roll(WriteContext& context, BoardRow& board, WallTime now) {
  SqlConnection& db = context.db;
  const WallTime last_moment = board.closes_at - std::chrono::milliseconds{1};
  keep_snapshot(db, board, board_window(board.period, last_moment).opens, now);
  db.execute("UPDATE board_runs SET closed_at = $1 WHERE id = $2", now, board.run);
  const BoardWindow window = board_window(board.period, now);
  board.run = begin_run(db, board.key);
  board.closes_at = window.closes;
  ++board.revision;
  db.execute(
      "UPDATE boards SET run_id = $1, revision = $2, opens_at = $3, closes_at = $4 WHERE id = $5",
      board.run, board.revision, window.opens, window.closes, board.key);
}

BoardRow board_of_run(const SqlCursor& row) {
  return {.key = ChannelKey{row.integer(0)},
          .id = ChannelId(IdKind::board, row.uuid(1)),
          .run = row.integer(2),
          .revision = static_cast<std::uint64_t>(row.integer(3)),
          .closes_at = row.time(4),
          .period = static_cast<BoardPeriod>(row.integer(5)),
          .category = std::string(row.text(6)),
          .city = std::string(row.text(7))};
}

#define KITH_RUNS_OF_BOARDS                                                                   \
  "SELECT b.id, c.public_id, b.run_id, b.revision, b.closes_at, b.period, b.category, b.city" \
  " FROM boards b JOIN channels c ON c.id = b.id "

std::vector<BoardRow> boards_in(SqlCursor rows) {
  std::vector<BoardRow> boards;
  while (rows.next()) boards.push_back(board_of_run(rows));
  return boards;
}

std::vector<BoardMoved> roll_all(WriteContext& context, std::vector<BoardRow> over, WallTime now) {
  std::vector<BoardMoved> moved;
  for (BoardRow& board : over) {
    roll(context, board, now);
    moved.push_back({.board = board.id, .revision = board.revision});
  }
  return moved;
}

void add_missing(WriteContext& context, std::vector<BoardRow>& boards, const std::string& category,
                 const std::string& city, WallTime now) {
  for (const BoardPeriod period : kPeriods) {
    const bool there = std::ranges::any_of(boards, [&](const BoardRow& board) {
      return board.period == period && board.city == city;
    });
    if (!there) boards.push_back(make_board(context, category, city, period, now));
  }
}

}  // namespace

std::vector<BoardRow> current_boards(WriteContext& context, const std::string& category,
                                     const std::string& city, WallTime now,
                                     std::vector<BoardMoved>& moved) {
  auto boards = boards_in(context.db.query(
      KITH_RUNS_OF_BOARDS "WHERE b.category = $1 AND b.city IN ('', $2)", category, city));
  const std::size_t wanted = kPeriods.size() * (city.empty() ? 1 : 2);
  if (boards.size() < wanted && !context.db.failure()) {
    add_missing(context, boards, category, "", now);
    if (!city.empty()) add_missing(context, boards, category, city, now);
  }
  for (BoardRow& board : boards) {
    if (board.closes_at > now) continue;
    roll(context, board, now);
    moved.push_back({.board = board.id, .revision = board.revision});
  }
  return boards;
}

std::vector<BoardMoved> roll_boards(WriteContext& context, WallTime now, int limit) {
  context.db.lock_boards();
  return roll_all(
      context,
      boards_in(context.db.query(
          KITH_RUNS_OF_BOARDS "WHERE b.closes_at <= $1 ORDER BY b.closes_at LIMIT $2", now, limit)),
      now);
}

std::vector<BoardMoved> roll_board(WriteContext& context, const ChannelId& board, WallTime now) {
  context.db.lock_boards();
  return roll_all(
      context,
      boards_in(context.db.query(KITH_RUNS_OF_BOARDS "WHERE c.public_id = $1 AND b.closes_at <= $2",
                                 board.uuid, now)),
      now);
}

std::int64_t sweep_boards(SqlConnection& db, int rows_max) {
  std::optional<BoardRunId> run;
  {
    auto row = db.query(
        "SELECT id FROM board_runs WHERE closed_at IS NOT NULL ORDER BY closed_at LIMIT 1");
    if (row.next()) run = row.integer(0);
  }
  if (!run) return 0;
  const std::int64_t entries = db.execute(
      "DELETE FROM board_entries WHERE (user_id, run_id) IN (SELECT user_id, run_id"
      " FROM board_entries WHERE run_id = $1 LIMIT $2)",
      *run, rows_max);
  if (entries > 0) return entries;
  return db.execute("DELETE FROM board_chunks WHERE run_id = $1", *run) +
         db.execute("DELETE FROM board_blocks WHERE run_id = $1", *run) +
         db.execute("DELETE FROM board_runs WHERE id = $1", *run);
}

}  // namespace kith
