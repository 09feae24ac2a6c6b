#include "bench/limit/activity_limit.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <random>
#include <stdexcept>
#include <vector>

#include "bench/limit/sqlite_database.h"

namespace kith::limit {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBoards = 5;
constexpr int kDays = 25;
constexpr std::int64_t kValueMax = 100;
constexpr std::int64_t kStart = 1'700'000'000'000;
// As many of a board's entries as one row counts, at the most, so that there are as many rows.
constexpr int kChunkEntries = 500;

// As kithd's, with what such an activity does not touch left out.
constexpr const char* kTables =
    "CREATE TABLE channels(id INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL);"
    "CREATE TABLE activities(user_id INTEGER NOT NULL, origin INTEGER NOT NULL,"
    "  idempotency_key TEXT NOT NULL, occurred_at INTEGER NOT NULL, recorded_at INTEGER NOT NULL,"
    "  value INTEGER NOT NULL, id BLOB NOT NULL, kind TEXT NOT NULL, category TEXT NOT NULL,"
    "  PRIMARY KEY(user_id, origin, idempotency_key)) WITHOUT ROWID;"
    "CREATE TABLE activity_days(user_id INTEGER NOT NULL, kind TEXT NOT NULL, day INTEGER NOT NULL,"
    "  times INTEGER NOT NULL, total INTEGER NOT NULL, first_at INTEGER NOT NULL,"
    "  PRIMARY KEY(user_id, kind, day)) WITHOUT ROWID;"
    "CREATE TABLE activity_totals(user_id INTEGER NOT NULL, kind TEXT NOT NULL,"
    "  times INTEGER NOT NULL, total INTEGER NOT NULL, PRIMARY KEY(user_id, kind)) WITHOUT ROWID;"
    "CREATE TABLE user_scores(user_id INTEGER NOT NULL, category TEXT NOT NULL,"
    "  score INTEGER NOT NULL, updated_at INTEGER NOT NULL,"
    "  PRIMARY KEY(user_id, category)) WITHOUT ROWID;"
    "CREATE INDEX scores_in_order ON user_scores(category, score);"
    "CREATE TABLE score_days(user_id INTEGER NOT NULL, category TEXT NOT NULL,"
    "  day INTEGER NOT NULL, delta INTEGER NOT NULL,"
    "  PRIMARY KEY(user_id, category, day)) WITHOUT ROWID;"
    "CREATE TABLE channel_log(position INTEGER PRIMARY KEY, channel_id INTEGER NOT NULL,"
    "  seq INTEGER NOT NULL, type INTEGER NOT NULL, at INTEGER NOT NULL, detail TEXT,"
    "  UNIQUE(channel_id, seq));"
    "CREATE TABLE boards(id INTEGER PRIMARY KEY, revision INTEGER NOT NULL);"
    "CREATE TABLE board_entries(user_id INTEGER NOT NULL, run_id INTEGER NOT NULL,"
    "  lag INTEGER NOT NULL, reached INTEGER NOT NULL, hidden INTEGER NOT NULL DEFAULT 0,"
    "  PRIMARY KEY(user_id, run_id)) WITHOUT ROWID;"
    "CREATE INDEX board_order ON board_entries(run_id, hidden, lag, reached);"
    "CREATE TABLE board_chunks(id INTEGER PRIMARY KEY, members INTEGER NOT NULL);"
    "INSERT INTO boards VALUES(1, 0), (2, 0), (3, 0), (4, 0), (5, 0);";

class ActivityStore : public SqliteDatabase {
 public:
  ActivityStore(const std::string& file, int users)
      : SqliteDatabase(file, kTables),
        users_(static_cast<std::size_t>(users)),
        chunks_of_board_(users / kChunkEntries + 1) {
    begin();
    sqlite3_stmt* channel = prepare("INSERT INTO channels VALUES(?1, 0)");
    for (int user = 1; user <= users; ++user) {
      bind(channel, 1, user);
      step(channel);
    }
    sqlite3_stmt* chunk = prepare("INSERT INTO board_chunks VALUES(?1, 0)");
    for (int i = 0; i < chunks_of_board_ * kBoards; ++i) {
      bind(chunk, 1, i);
      step(chunk);
    }
    commit();
  }

  void write(int activities) {
    begin();
    for (int i = 0; i < activities; ++i) write_one();
    commit();
  }

  void expect_whole() {
    const std::int64_t rows = count("SELECT count(*) FROM activities");
    const std::int64_t told = count("SELECT count(*) FROM channel_log");
    const std::int64_t revision = count("SELECT min(revision) FROM boards");
    const bool sums = count("SELECT sum(score) FROM user_scores") == sum_ &&
                      count("SELECT sum(delta) FROM score_days") == sum_ &&
                      count("SELECT -sum(lag) FROM board_entries WHERE run_id = 1") == sum_;
    if (rows != position_ || told != position_ || revision != position_ || !sums) {
      throw std::runtime_error("sqlite: the rows of the activities do not add up");
    }
  }

 private:
  struct User {
    std::int64_t score = 0;
    std::int64_t seq = 0;
  };

  void write_one() {
    const std::int64_t key = 1 + static_cast<std::int64_t>(random_() % users_.size());
    User& user = users_[static_cast<std::size_t>(key - 1)];
    const std::int64_t value = 1 + static_cast<std::int64_t>(random_() % kValueMax);
    const std::int64_t day = static_cast<std::int64_t>(random_() % kDays);
    user.score += value;
    sum_ += value;
    ++position_;
    const std::int64_t now = kStart + position_;
    insert_activity(key, value, now);
    upsert(days_, key, day, value, now);
    bind(totals_, 1, key);
    bind(totals_, 2, value);
    step(totals_);
    bind(scores_, 1, key);
    bind(scores_, 2, user.score);
    bind(scores_, 3, now);
    step(scores_);
    bind(score_days_, 1, key);
    bind(score_days_, 2, day);
    bind(score_days_, 3, value);
    step(score_days_);
    move_on_boards(key, user.score);
    tell(key, user, value, now);
  }

  void insert_activity(std::int64_t user, std::int64_t value, std::int64_t now) {
    for (auto& byte : id_) byte = static_cast<char>(random_());
    key_ = fmt::format("{:016x}-{}", random_(), position_);
    bind(activity_, 1, user);
    bind(activity_, 2, key_);
    bind(activity_, 3, now);
    bind(activity_, 4, value);
    check(sqlite3_bind_blob(activity_, 5, id_.data(), static_cast<int>(id_.size()), SQLITE_STATIC));
    step(activity_);
  }

  void upsert(sqlite3_stmt* statement, std::int64_t user, std::int64_t day, std::int64_t value,
              std::int64_t now) {
    bind(statement, 1, user);
    bind(statement, 2, day);
    bind(statement, 3, value);
    bind(statement, 4, now);
    step(statement);
  }

  // From one place to another on each: out of a chunk, into another.
  void move_on_boards(std::int64_t user, std::int64_t score) {
    for (sqlite3_stmt* statement : {leave_, enter_}) {
      for (int board = 0; board < kBoards; ++board) {
        const auto chunk = static_cast<int>(random_() % static_cast<unsigned>(chunks_of_board_));
        bind(statement, board + 1, board * chunks_of_board_ + chunk);
      }
      step(statement);
    }
    step(revisions_);
    bind(entries_, 1, user);
    bind(entries_, 2, -score);
    bind(entries_, 3, position_);
    step(entries_);
  }

  void tell(std::int64_t key, User& user, std::int64_t value, std::int64_t now) {
    detail_ = fmt::format(R"({{"category":"overall","score":{},"delta":{},"composite":{}}})",
                          user.score, value, user.score);
    bind(log_, 1, position_);
    bind(log_, 2, key);
    bind(log_, 3, ++user.seq);
    bind(log_, 4, now);
    bind(log_, 5, detail_);
    step(log_);
    bind(head_, 1, user.seq);
    bind(head_, 2, key);
    step(head_);
  }

  std::vector<User> users_;
  int chunks_of_board_;
  std::mt19937_64 random_{42};
  std::int64_t position_ = 0;
  std::int64_t sum_ = 0;
  std::array<char, 16> id_{};
  std::string key_;
  std::string detail_;
  sqlite3_stmt* activity_ = prepare(
      "INSERT INTO activities(user_id, origin, idempotency_key, occurred_at, recorded_at, value, "
      "id,"
      " kind, category) VALUES(?1, 0, ?2, ?3, ?3, ?4, ?5, 'points', 'overall')");
  sqlite3_stmt* days_ = prepare(
      "INSERT INTO activity_days VALUES(?1, 'points', ?2, 1, ?3, ?4)"
      " ON CONFLICT DO UPDATE SET times = times + 1, total = total + excluded.total");
  sqlite3_stmt* totals_ = prepare(
      "INSERT INTO activity_totals VALUES(?1, 'points', 1, ?2)"
      " ON CONFLICT DO UPDATE SET times = times + 1, total = total + excluded.total");
  sqlite3_stmt* scores_ = prepare(
      "INSERT INTO user_scores VALUES(?1, 'overall', ?2, ?3)"
      " ON CONFLICT DO UPDATE SET score = excluded.score, updated_at = excluded.updated_at");
  sqlite3_stmt* score_days_ = prepare(
      "INSERT INTO score_days VALUES(?1, 'overall', ?2, ?3)"
      " ON CONFLICT DO UPDATE SET delta = delta + excluded.delta");
  sqlite3_stmt* leave_ =
      prepare("UPDATE board_chunks SET members = members - 1 WHERE id IN (?1, ?2, ?3, ?4, ?5)");
  sqlite3_stmt* enter_ =
      prepare("UPDATE board_chunks SET members = members + 1 WHERE id IN (?1, ?2, ?3, ?4, ?5)");
  sqlite3_stmt* revisions_ = prepare("UPDATE boards SET revision = revision + 1");
  sqlite3_stmt* entries_ = prepare(
      "INSERT INTO board_entries VALUES(?1, 1, ?2, ?3, 0), (?1, 2, ?2, ?3, 0), (?1, 3, ?2, ?3, 0),"
      " (?1, 4, ?2, ?3, 0), (?1, 5, ?2, ?3, 0)"
      " ON CONFLICT DO UPDATE SET lag = excluded.lag, reached = excluded.reached");
  sqlite3_stmt* log_ = prepare("INSERT INTO channel_log VALUES(?1, ?2, ?3, 1, ?4, ?5)");
  sqlite3_stmt* head_ = prepare("UPDATE channels SET last_seq = ?1 WHERE id = ?2");
};

}  // namespace

ActivityFigures run_activity_limit(const ActivityOptions& options) {
  const SqliteFiles files(options.file);
  ActivityStore store(options.file, options.users);
  const auto start = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  ActivityFigures figures;
  while (elapsed() < options.seconds) {
    store.write(options.batch);
    figures.activities += options.batch;
    if (store.wal_pages() > options.wal_pages) store.checkpoint();
  }
  figures.per_s = static_cast<double>(figures.activities) / elapsed();
  store.expect_whole();
  return figures;
}

}  // namespace kith::limit
