#include "storage/sql_board_reads.h"

#include <algorithm>
#include <charconv>

#include "storage/board_windows.h"

namespace kith {
namespace {

struct Board {
  ChannelId id;
  BoardRunId run = 0;
  std::uint64_t revision = 0;
  WallTime closes_at{};
  std::uint64_t total = 0;
};

std::optional<Board> board_of(SqlCursor row) {
  if (!row.next()) return std::nullopt;
  return Board{.id = ChannelId(IdKind::board, row.uuid(0)),
               .run = row.integer(1),
               .revision = static_cast<std::uint64_t>(row.integer(2)),
               .closes_at = row.time(3),
               .total = static_cast<std::uint64_t>(row.integer(4))};
}

#define KITH_ENTRIES_OF_BOARD \
  "(SELECT coalesce(sum(k.counted), 0) FROM board_blocks k WHERE k.run_id = b.run_id)"

std::optional<Board> find_board(SqlConnection& db, const ChannelId& id) {
  return board_of(
      db.query("SELECT c.public_id, b.run_id, b.revision, b.closes_at, " KITH_ENTRIES_OF_BOARD
               " FROM channels c JOIN boards b ON b.id = c.id"
               " WHERE c.public_id = $1 AND c.kind = $2",
               id.uuid, static_cast<int>(id.kind)));
}

std::optional<Board> find_board(SqlConnection& db, const BoardName& name) {
  return board_of(
      db.query("SELECT c.public_id, b.run_id, b.revision, b.closes_at, " KITH_ENTRIES_OF_BOARD
               " FROM boards b JOIN channels c ON c.id = b.id"
               " WHERE b.category = $1 AND b.city = $2 AND b.period = $3",
               name.category, fold_city(name.city), static_cast<int>(name.period)));
}

// Entries as they stand, not ranked yet.
struct Row {
  BoardPlace place{};
  UserId user;
};

std::vector<Row> rows_of(SqlCursor cursor) {
  std::vector<Row> rows;
  while (cursor.next()) {
    rows.push_back({.place = {.lag = cursor.integer(0), .reached = cursor.integer(1)},
                    .user = UserId{cursor.uuid(2)}});
  }
  return rows;
}

std::vector<Row> rows_from(SqlConnection& db, BoardRunId run, const BoardPlace& from,
                           std::uint32_t limit) {
  return rows_of(
      db.query("SELECT e.lag, e.reached, c.public_id FROM board_entries e"
               " JOIN channels c ON c.id = e.user_id WHERE e.run_id = $1 AND e.hidden = 0"
               " AND (e.lag, e.reached) >= ($2, $3) ORDER BY e.lag, e.reached LIMIT $4",
               run, from.lag, from.reached, limit));
}

std::vector<Row> rows_before(SqlConnection& db, BoardRunId run, const BoardPlace& place,
                             std::uint32_t limit) {
  auto rows = rows_of(
      db.query("SELECT e.lag, e.reached, c.public_id FROM board_entries e"
               " JOIN channels c ON c.id = e.user_id WHERE e.run_id = $1 AND e.hidden = 0"
               " AND (e.lag, e.reached) < ($2, $3) ORDER BY e.lag DESC, e.reached DESC LIMIT $4",
               run, place.lag, place.reached, limit));
  std::ranges::reverse(rows);
  return rows;
}

std::vector<BoardEntry> ranked(const std::vector<Row>& rows, std::uint64_t first_rank) {
  std::vector<BoardEntry> entries;
  entries.reserve(rows.size());
  for (const Row& row : rows) {
    entries.push_back({.rank = first_rank++, .user = row.user, .score = -row.place.lag});
  }
  return entries;
}

struct Me {
  BoardPlace place{};
  BoardMe shown;
};

std::optional<Me> find_me(SqlConnection& db, BoardRunId run, UserKey user) {
  std::optional<Me> me;
  bool hidden = false;
  {
    auto row = db.query(
        "SELECT lag, reached, hidden FROM board_entries WHERE user_id = $1 AND run_id = $2", user,
        run);
    if (!row.next()) return std::nullopt;
    me = Me{.place = {.lag = row.integer(0), .reached = row.integer(1)},
            .shown = {.rank = std::nullopt, .score = -row.integer(0)}};
    hidden = row.integer(2) != 0;
  }
  if (!hidden) me->shown.rank = entries_ahead(db, run, me->place) + 1;
  return me;
}

// "<lag>.<reached>" of the next entry.
std::string cursor_of(const BoardPlace& place) {
  return std::to_string(place.lag) + "." + std::to_string(place.reached);
}

std::optional<BoardPlace> parse_cursor(std::string_view text) {
  BoardPlace place;
  const char* const end = text.data() + text.size();
  const auto lag = std::from_chars(text.data(), end, place.lag);
  if (lag.ec != std::errc{} || lag.ptr == end || *lag.ptr != '.') return std::nullopt;
  const auto reached = std::from_chars(lag.ptr + 1, end, place.reached);
  if (reached.ec != std::errc{} || reached.ptr != end) return std::nullopt;
  return place;
}

// What is asked for, one row longer where there are more behind it.
struct Slice {
  std::vector<Row> rows;
  std::uint64_t first_rank = 1;
};

Slice slice_around(SqlConnection& db, BoardRunId run, const std::optional<Me>& me,
                   std::uint32_t limit) {
  Slice slice;
  if (!me || !me->shown.rank) return slice;
  slice.rows = rows_before(db, run, me->place, (limit - 1) / 2);
  const auto ahead = static_cast<std::uint32_t>(slice.rows.size());
  const auto behind = rows_from(db, run, me->place, limit - ahead + 1);
  slice.first_rank = *me->shown.rank - ahead;
  slice.rows.insert(slice.rows.end(), behind.begin(), behind.end());
  return slice;
}

Slice slice_from(SqlConnection& db, BoardRunId run, const BoardPlace& from, std::uint32_t limit) {
  Slice slice{.rows = rows_from(db, run, from, limit + 1)};
  if (!slice.rows.empty() && from.lag != kBoardBegin.lag) {
    slice.first_rank = entries_ahead(db, run, slice.rows.front().place) + 1;
  }
  return slice;
}

}  // namespace

std::vector<BoardEntry> first_entries(SqlConnection& db, BoardRunId run, std::uint32_t limit) {
  return ranked(rows_from(db, run, kBoardBegin, limit), 1);
}

Result<BoardRead> read_board(SqlConnection& db, const Actor& reader, const BoardQuery& query) {
  std::optional<BoardPlace> from = kBoardBegin;
  if (query.cursor) from = parse_cursor(*query.cursor);
  if (!from) return fail(ErrorCode::bad_request, "is not one of our cursors", "cursor");
  const auto board = query.board ? find_board(db, *query.board) : find_board(db, query.name);
  if (!board && query.board) return fail(ErrorCode::not_found, "no such leaderboard");
  BoardRead out;
  if (!board) return out;
  out.over = board->closes_at <= reader.now;
  const auto me = find_me(db, board->run, reader.key);
  Slice slice = query.around_me ? slice_around(db, board->run, me, query.limit)
                                : slice_from(db, board->run, *from, query.limit);
  if (slice.rows.size() > query.limit) {
    out.page.next_cursor = cursor_of(slice.rows[query.limit].place);
    slice.rows.resize(query.limit);
  }
  out.page.board = board->id;
  out.page.revision = board->revision;
  out.page.total = board->total;
  out.page.entries = ranked(slice.rows, slice.first_rank);
  if (me) out.page.me = me->shown;
  return out;
}

Result<BoardTopPtr> read_board_top(SqlConnection& db, const ChannelId& id) {
  const auto board = find_board(db, id);
  if (!board) return fail(ErrorCode::not_found, "no such leaderboard");
  auto top = std::make_shared<BoardTop>();
  top->revision = board->revision;
  top->total = board->total;
  top->entries = first_entries(db, board->run, limits::kLeaderboardLimitMax);
  return BoardTopPtr(std::move(top));
}

Result<BoardLook> look_at_boards(SqlConnection& db, const std::vector<ChannelId>& boards,
                                 WallTime now) {
  BoardLook look;
  for (const ChannelId& id : boards) {
    if (const auto board = find_board(db, id)) {
      look.boards.push_back({.board = id, .revision = board->revision});
    }
  }
  auto row = db.query("SELECT id FROM boards WHERE closes_at <= $1 LIMIT 1", now);
  look.due = row.next();
  return look;
}

}  // namespace kith
