#include "tests/storage/board_fixture.h"

#include <algorithm>

#include "storage/board_windows.h"
#include "storage/postgres_connection.h"
#include "storage/sql_board_runs.h"
#include "storage/sqlite_connection.h"

namespace kith {
namespace {

constexpr std::array kPeriods{BoardPeriod::day, BoardPeriod::week, BoardPeriod::month,
                              BoardPeriod::season, BoardPeriod::all_time};

constexpr const char* kUsersOfSqlite =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)"
    " INSERT INTO channels(kind, public_id) SELECT 0, randomblob(16) FROM n";
constexpr const char* kUsersOfPostgres =
    "INSERT INTO channels(kind, public_id) SELECT 0, gen_random_uuid()"
    " FROM generate_series(1, CAST($1 AS BIGINT))";

}  // namespace

BoardFixture::BoardFixture(const std::string& url, std::uint32_t users, std::size_t shards)
    : store(url, {}, shards) {
  const auto seeded =
      store.storage().seed({.users = users, .password_hash = "-", .now = store.now()});
  REQUIRE(seeded.ok());
  db_ = connect();
  db_->begin_read(SqlConnection::Snapshot::one);
  for (const Seeded::User& user : seeded->users) {
    auto row = db_->query("SELECT id FROM channels WHERE public_id = $1", user.id);
    REQUIRE(row.next());
    users_.push_back({.key = UserKey{row.integer(0)}, .id = user.id});
  }
  db_->commit();
}

BoardFixture::~BoardFixture() {
  db_.reset();
}

std::unique_ptr<SqlConnection> BoardFixture::connect(
    std::chrono::milliseconds statement_timeout) const {
  const std::string& url = const_cast<BoardFixture*>(this)->store.url();
  if (url.starts_with("sqlite:")) {
    auto opened = SqliteConnection::open(url.substr(7) + "/kith.db", SqliteConnection::Mode::write);
    REQUIRE(opened.ok());
    return std::move(*opened);
  }
  auto made = std::make_unique<PostgresConnection>(
      PostgresOptions{.url = url, .statement_timeout = statement_timeout, .writes = true});
  const Status connected = made->connect();
  REQUIRE_MESSAGE(connected.ok(), connected.error().message);
  return made;
}

std::vector<BoardMoved> BoardFixture::move(const ScoreChange& score) {
  return change(*db_, [&](WriteContext& context) { return move_boards(context, score); });
}

std::vector<UserKey> BoardFixture::fill(std::int64_t users) {
  const auto db = connect(std::chrono::minutes(10));
  change(*db, [&](WriteContext& context) {
    std::vector<BoardMoved> moved;
    const auto boards = current_boards(context, "overall", "", kNoon, moved);
    const auto board = std::ranges::find(boards, BoardPeriod::all_time, &BoardRow::period);
    db->execute(db->is_shared() ? kUsersOfPostgres : kUsersOfSqlite, users);
    db->execute(
        "INSERT INTO users(id, display_name, created_at, updated_at)"
        " SELECT id, '', 0, 0 FROM channels WHERE kind = 0"
        " AND id NOT IN (SELECT id FROM users)");
    db->execute(
        "INSERT INTO board_entries(user_id, run_id, lag, reached) SELECT id, CAST($1 AS BIGINT),"
        " -(id * 7919 % CAST($2 AS BIGINT)), id FROM users",
        board->run, std::max<std::int64_t>(users / 10, 1));
    rebuild_chunks(*db, board->run);
    return moved;
  });
  if (db->is_shared())
    REQUIRE(db->run_script("ANALYZE board_entries, board_chunks, board_blocks, channels"));
  std::vector<UserKey> keys;
  db->begin_read(SqlConnection::Snapshot::one);
  {
    auto rows = db->query("SELECT user_id FROM board_entries");
    while (rows.next()) keys.push_back(UserKey{rows.integer(0)});
  }
  db->commit();
  return keys;
}

std::string BoardFixture::name_of(const UserId& user) const {
  const auto at = std::ranges::find(users_, user, &UserRef::id);
  REQUIRE(at != users_.end());
  return std::string(1, static_cast<char>('a' + (at - users_.begin())));
}

Result<BoardPage> BoardFixture::page(std::size_t reader, WallTime now, BoardQuery query) {
  return store->await<BoardPage>([&](Callback<BoardPage> done) {
    boards().page(actor(reader, now), std::move(query), std::move(done));
  });
}

std::string BoardFixture::shown(std::size_t reader, WallTime now, BoardQuery query) {
  const auto read = page(reader, now, std::move(query));
  REQUIRE_MESSAGE(read.ok(), read.error().message);
  std::string out;
  for (const BoardEntry& entry : read->entries) {
    if (!out.empty()) out += ", ";
    out +=
        std::to_string(entry.rank) + " " + name_of(entry.user) + " " + std::to_string(entry.score);
  }
  return out;
}

std::vector<BoardMoved> BoardFixture::roll(WallTime now, std::size_t shard) {
  std::vector<BoardMoved> all;
  for (;;) {
    const auto rolled = store.shard(shard).await<std::vector<BoardMoved>>(
        [&](auto done) { boards(shard).roll(now, std::move(done)); });
    REQUIRE(rolled.ok());
    if (rolled->empty()) return all;
    all.insert(all.end(), rolled->begin(), rolled->end());
  }
}

std::vector<BoardMoved> BoardFixture::hide(std::size_t user, bool hidden) {
  auto moved = store->await<std::vector<BoardMoved>>(
      [&](auto done) { boards().hide(actor(user, store.now()), hidden, std::move(done)); });
  REQUIRE(moved.ok());
  return std::move(*moved);
}

std::int64_t BoardFixture::count(const char* sql) const {
  db_->begin_read(SqlConnection::Snapshot::one);
  std::int64_t out = 0;
  {
    auto row = db_->query(sql);
    REQUIRE_MESSAGE(row.next(), (db_->failure() ? db_->failure()->text : "no row"));
    out = row.integer(0);
  }
  db_->commit();
  return out;
}

bool BoardModel::is_hidden(std::size_t user) const {
  const auto known = hidden_.find(user);
  return known != hidden_.end() && known->second;
}

bool BoardModel::anybody_seen(const Board& board) const {
  return std::ranges::any_of(board.entries,
                             [&](const auto& entry) { return !is_hidden(entry.first); });
}

void BoardModel::end_if_over(const Key& key, Board& board, WallTime now) {
  if (board.closes > now) return;
  if (anybody_seen(board)) ++runs_ended_;
  const BoardWindow window = board_window(std::get<2>(key), now);
  board = Board{.opens = window.opens, .closes = window.closes, .entries = {}};
}

BoardModel::Board& BoardModel::obtain(const Key& key, WallTime now) {
  const auto [at, made] = boards_.try_emplace(key);
  if (made) {
    const BoardWindow window = board_window(std::get<2>(key), now);
    at->second = Board{.opens = window.opens, .closes = window.closes, .entries = {}};
  }
  end_if_over(key, at->second, now);
  return at->second;
}

void BoardModel::move(std::size_t user, const std::string& category, std::int64_t delta,
                      const std::string& city, WallTime at, WallTime now) {
  const std::string home = fold_city(city);
  for (auto& [key, board] : boards_) {
    const auto& [of, where, period] = key;
    const bool left = of == category && !where.empty() && where != home;
    if (left && board.opens <= at && board.closes > now) board.entries.erase(user);
  }
  for (const BoardPeriod period : kPeriods) {
    Board& everywhere = obtain({category, "", period}, now);
    Board* in_city = home.empty() ? nullptr : &obtain({category, home, period}, now);
    if (everywhere.opens > at) continue;
    Entry& entry = everywhere.entries[user];
    entry.score += delta;
    entry.reached = ++moves_;
    if (in_city != nullptr) in_city->entries[user] = entry;
  }
}

void BoardModel::erase(std::size_t user) {
  for (auto& [key, board] : boards_) board.entries.erase(user);
  hidden_.erase(user);
}

void BoardModel::roll(WallTime now) {
  for (auto& [key, board] : boards_) end_if_over(key, board, now);
}

std::vector<BoardModel::Standing> BoardModel::board(const std::string& category,
                                                    const std::string& city,
                                                    BoardPeriod period) const {
  std::vector<std::pair<std::size_t, Entry>> seen;
  const auto at = boards_.find({category, fold_city(city), period});
  if (at == boards_.end()) return {};
  for (const auto& entry : at->second.entries) {
    if (!is_hidden(entry.first)) seen.push_back(entry);
  }
  std::ranges::sort(seen, [](const auto& left, const auto& right) {
    if (left.second.score != right.second.score) return left.second.score > right.second.score;
    return left.second.reached < right.second.reached;
  });
  std::vector<Standing> out;
  for (const auto& [user, entry] : seen) out.push_back({.user = user, .score = entry.score});
  return out;
}

std::int64_t BoardModel::total_of(std::size_t user, const std::string& category) const {
  const auto at = boards_.find({category, "", BoardPeriod::all_time});
  if (at == boards_.end()) return 0;
  const auto entry = at->second.entries.find(user);
  return entry == at->second.entries.end() ? 0 : entry->second.score;
}

}  // namespace kith
