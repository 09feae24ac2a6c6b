// A SQL store with leaderboards in it, and the slow and obvious model of them: lists that are
// sorted anew for every look.
#pragma once

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "storage/sql_boards.h"
#include "tests/storage/store_fixture.h"

namespace kith {

#define SQL_STORES SqliteAdapter, PostgresAdapter

// Moves go through a connection of the fixture's own, as the transaction of an activity would make
// them; everything else through the port.
class BoardFixture {
 public:
  BoardFixture(const std::string& url, std::uint32_t users, std::size_t shards = 1);
  ~BoardFixture();

  std::unique_ptr<SqlConnection> connect(
      std::chrono::milliseconds statement_timeout = std::chrono::seconds(20)) const;
  // In one transaction, which must stand.
  template <typename Change>
  std::vector<BoardMoved> change(SqlConnection& on, Change make) {
    WriteContext context(on);
    on.begin_write();
    std::vector<BoardMoved> moved = make(context);
    REQUIRE_MESSAGE(!on.failure().has_value(), on.failure()->text);
    context.write_heads();
    on.commit();
    REQUIRE_MESSAGE(!on.failure().has_value(), on.failure()->text);
    return moved;
  }
  std::vector<BoardMoved> move(const ScoreChange& change);
  // The board of all time with that many more users on it, each score some ten times: who they are.
  std::vector<UserKey> fill(std::int64_t users);

  UserRef user(std::size_t number) const { return users_.at(number); }
  Actor actor(std::size_t number, WallTime now) const {
    return {.user = users_.at(number).id, .key = users_.at(number).key, .now = now};
  }
  // "a" for user 0 and so on.
  std::string name_of(const UserId& user) const;

  Boards& boards(std::size_t shard = 0) { return *store.shard(shard).boards(); }
  Result<BoardPage> page(std::size_t reader, WallTime now, BoardQuery query);
  // "1 b 20, 2 a 10"
  std::string shown(std::size_t reader, WallTime now, BoardQuery query);
  std::vector<BoardMoved> roll(WallTime now, std::size_t shard = 0);
  std::vector<BoardMoved> hide(std::size_t user, bool hidden);
  std::int64_t count(const char* sql) const;
  // What the chunks say is what the entries are, what the blocks say is what their chunks are, and
  // none is too large.
  void check_chunks() const;

  StoreFixture store;

 private:
  std::vector<UserRef> users_;
  std::unique_ptr<SqlConnection> db_;
};

// What stands where, by plain sums and sorts.
class BoardModel {
 public:
  void move(std::size_t user, const std::string& category, std::int64_t delta,
            const std::string& city, WallTime at, WallTime now);
  void hide(std::size_t user, bool hidden) { hidden_[user] = hidden; }
  void erase(std::size_t user);
  void roll(WallTime now);

  struct Standing {
    std::size_t user = 0;
    std::int64_t score = 0;
  };
  // Everybody who is to be seen, the first one first.
  std::vector<Standing> board(const std::string& category, const std::string& city,
                              BoardPeriod period) const;
  std::int64_t total_of(std::size_t user, const std::string& category) const;
  bool is_hidden(std::size_t user) const;
  std::uint64_t runs_ended() const { return runs_ended_; }  // with somebody on them

 private:
  struct Entry {
    std::int64_t score = 0;
    std::uint64_t reached = 0;
  };
  struct Board {
    WallTime opens{};
    WallTime closes{};
    std::map<std::size_t, Entry> entries;
  };
  using Key = std::tuple<std::string, std::string, BoardPeriod>;  // category, city, period
  Board& obtain(const Key& key, WallTime now);
  void end_if_over(const Key& key, Board& board, WallTime now);
  bool anybody_seen(const Board& board) const;

  std::map<Key, Board> boards_;
  std::map<std::size_t, bool> hidden_;
  std::uint64_t moves_ = 0;
  std::uint64_t runs_ended_ = 0;
};

// "2026-05-13 12": the hour that begins then.
inline WallTime at_time(const char* text) {
  const auto number = [&](int begin, int digits) {
    return std::atoi(std::string(text)
                         .substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(digits))
                         .c_str());
  };
  const auto day = std::chrono::year(number(0, 4)) /
                   std::chrono::month(static_cast<unsigned>(number(5, 2))) /
                   std::chrono::day(static_cast<unsigned>(number(8, 2)));
  return std::chrono::sys_days(day) + std::chrono::hours(number(11, 2));
}

inline const WallTime kNoon = at_time("2026-05-13 12");  // a Wednesday

// BoardScores of `overall`, each added at noon unless another time is said.
struct BoardScores {
  BoardFixture& fixture;
  std::map<std::size_t, std::int64_t> totals{};

  std::vector<BoardMoved> add(std::size_t user, std::int64_t delta, const std::string& city = {},
                              WallTime at = kNoon, WallTime now = kNoon) {
    totals[user] += delta;
    return fixture.move({.user = fixture.user(user),
                         .category = "overall",
                         .delta = delta,
                         .total = totals[user],
                         .city = city,
                         .at = at,
                         .now = now});
  }
};

}  // namespace kith
