// Leaderboards against the slow and obvious model: random moves, ties, hides, erasures and resets;
// thousands on one board; and many who move at once.
#include <algorithm>
#include <random>
#include <thread>

#include "tests/storage/board_fixture.h"

namespace kith {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRanked = 26;
constexpr std::array<const char*, 3> kCities{"", "Berlin", "Paris"};
constexpr std::array<const char*, 2> kCategories{"overall", "water"};

struct RankedTwins {
  explicit RankedTwins(const char* url, std::uint32_t seed) : fixture(url, kRanked), random(seed) {}

  std::size_t any(std::size_t count) { return random() % count; }

  void step() {
    const std::size_t user = any(kRanked);
    switch (any(20)) {
      case 0: {
        const bool hidden = any(2) == 0;
        fixture.hide(user, hidden);
        model.hide(user, hidden);
        return;
      }
      case 1:
        now += std::chrono::hours(any(40));
        return;
      case 2:
        fixture.roll(now);
        model.roll(now);
        return;
      case 3:
        if (any(10) == 0) erase(user);
        return;
      default:
        return move(user);
    }
  }
  void move(std::size_t user) {
    const std::string category = kCategories[any(kCategories.size())];
    const std::string city = kCities[any(8) == 0 ? any(kCities.size()) : user % kCities.size()];
    const auto delta = static_cast<std::int64_t>(any(4)) - (any(6) == 0 ? 2 : 0);
    if (delta == 0) return;
    const WallTime at = any(5) == 0 ? now - std::chrono::hours(any(24 * 30)) : now;
    model.move(user, category, delta, city, at, now);
    fixture.move({.user = fixture.user(user),
                  .category = category,
                  .delta = delta,
                  .total = model.total_of(user, category),
                  .city = city,
                  .at = at,
                  .now = now});
  }
  void erase(std::size_t user) {
    auto db = fixture.connect();
    fixture.change(*db, [&](WriteContext& context) {
      return erase_from_boards(context, fixture.user(user).key);
    });
    model.erase(user);
  }

  // Every entry of every board, read in pages of some size by somebody.
  void compare() {
    fixture.roll(now);
    model.roll(now);
    for (const char* category : kCategories) {
      for (const char* city : kCities) {
        for (int period = 0; period < 5; ++period) {
          compare({.city = city, .category = category, .period = static_cast<BoardPeriod>(period)});
        }
      }
    }
  }
  void compare(const BoardName& name) {
    INFO(name.category, " in '", name.city, "' ", to_string(name.period));
    const auto expected = model.board(name.category, name.city, name.period);
    const std::size_t reader = any(kRanked);
    BoardQuery query{.name = name, .limit = static_cast<std::uint32_t>(1 + any(9))};
    std::vector<BoardEntry> shown;
    do {
      const auto page = fixture.page(reader, now, query);
      REQUIRE(page.ok());
      CHECK(page->total == expected.size());
      compare_me(expected, reader, page->me);
      shown.insert(shown.end(), page->entries.begin(), page->entries.end());
      query.cursor = page->next_cursor;
    } while (query.cursor);
    REQUIRE(shown.size() == expected.size());
    for (std::size_t i = 0; i < shown.size(); ++i) {
      CHECK(shown[i] == BoardEntry{.rank = i + 1,
                                   .user = fixture.user(expected[i].user).id,
                                   .score = expected[i].score});
    }
    query.around_me = true;
    const auto around = fixture.page(reader, now, query);
    REQUIRE(around.ok());
    for (const BoardEntry& entry : around->entries) CHECK(entry == shown.at(entry.rank - 1));
    const auto mine = std::ranges::find(expected, reader, &BoardModel::Standing::user);
    const bool in_it = std::ranges::any_of(around->entries, [&](const BoardEntry& entry) {
      return entry.user == fixture.user(reader).id;
    });
    CHECK(in_it == (mine != expected.end()));
  }
  void compare_me(const std::vector<BoardModel::Standing>& expected, std::size_t reader,
                  const std::optional<BoardMe>& me) const {
    const auto at = std::ranges::find(expected, reader, &BoardModel::Standing::user);
    if (at == expected.end()) {
      if (me) CHECK_FALSE(me->rank.has_value());
      return;
    }
    REQUIRE(me.has_value());
    CHECK(me->rank == static_cast<std::uint64_t>(at - expected.begin()) + 1);
    CHECK(me->score == at->score);
  }

  BoardFixture fixture;
  BoardModel model;
  std::mt19937 random;
  WallTime now = at_time("2026-05-13 12");
};

}  // namespace

TEST_CASE_TEMPLATE("boards are what plain sums and sorts make them", Adapter, SQL_STORES) {
  for (const std::uint32_t seed : {1U, 2U}) {
    INFO("seed ", seed);
    RankedTwins twins(Adapter::kUrl, seed);
    for (int round = 0; round < 4; ++round) {
      for (int i = 0; i < 100; ++i) twins.step();
      twins.compare();
      twins.fixture.check_chunks();
    }
    CHECK(twins.fixture.count("SELECT count(*) FROM leaderboard_snapshots") ==
          static_cast<std::int64_t>(twins.model.runs_ended()));
  }
}

namespace {

// Users of one board, each with what the board should make of them.
struct RankedCrowd {
  static constexpr std::size_t kMany = 3'000;
  struct Mover {
    std::size_t user = 0;
    std::int64_t score = 0;
    int reached = 0;
  };

  explicit RankedCrowd(const char* url)
      : fixture(url, kMany), movers(kMany), db(fixture.connect()) {
    for (std::size_t i = 0; i < kMany; ++i) movers[i].user = i;
  }

  // Some at a time: a row that a transaction has written thousands of times is slow to find on
  // Postgres.
  template <typename Delta>
  void move(std::size_t step, Delta delta_of) {
    for (std::size_t i = 0; i < kMany;) {
      fixture.change(*db, [&](WriteContext& context) {
        for (int some = 0; some < 100 && i < kMany; ++some, i += step) {
          move_one(context, i, delta_of());
        }
        return std::vector<BoardMoved>{};
      });
    }
  }
  void move_one(WriteContext& context, std::size_t mover, std::int64_t delta) {
    movers[mover].score += delta;
    movers[mover].reached = ++moves;
    move_boards(context, {.user = fixture.user(mover),
                          .category = "overall",
                          .delta = delta,
                          .total = movers[mover].score,
                          .at = kNoon,
                          .now = kNoon});
  }
  void check() {
    std::vector<Mover> order = movers;
    std::ranges::sort(order, [](const Mover& left, const Mover& right) {
      return std::pair(-left.score, left.reached) < std::pair(-right.score, right.reached);
    });
    for (std::size_t rank = 1; rank <= kMany; rank += 97) {
      const auto page = fixture.page(order[rank - 1].user, kNoon, {.around_me = true, .limit = 5});
      REQUIRE(page.ok());
      REQUIRE(page->me.has_value());
      CHECK(page->me->rank == rank);
      CHECK(page->total == kMany);
      for (const BoardEntry& entry : page->entries) {
        CHECK(entry.user == fixture.user(order[entry.rank - 1].user).id);
      }
    }
    fixture.check_chunks();
  }

  BoardFixture fixture;
  std::vector<Mover> movers;
  std::unique_ptr<SqlConnection> db;
  int moves = 0;
};

}  // namespace

TEST_CASE_TEMPLATE("ranks among thousands are exact while all of them move", Adapter, SQL_STORES) {
  RankedCrowd crowd(Adapter::kUrl);
  std::mt19937 random(7);
  crowd.move(1, [&] { return 1 + static_cast<std::int64_t>(random() % 2'000); });
  crowd.check();
  crowd.move(1, [&] { return 1 + static_cast<std::int64_t>(random() % 3); });
  crowd.check();
  // Over everybody else's head: what lies below empties.
  crowd.move(1, [] { return 10'000; });
  crowd.check();
  crowd.move(3, [] { return -5'000; });
  crowd.check();
  // No more chunks than the entries need, though they have all gone elsewhere and back.
  CHECK(crowd.fixture.count("SELECT count(*) FROM board_chunks") <=
        5 * (RankedCrowd::kMany / 60 + 1));
}

TEST_CASE("nodes that move boards at once lose no move") {
  BoardFixture fixture(PostgresAdapter::kUrl, 12);
  const WallTime now = at_time("2026-05-13 12");
  constexpr std::size_t kThreads = 3;
  constexpr int kMoves = 60;
  std::vector<std::unique_ptr<SqlConnection>> connections;
  for (std::size_t i = 0; i < kThreads; ++i) {
    connections.push_back(fixture.connect());
    // They wait for each other all the while, and a busy machine for much else.
    REQUIRE(connections.back()->run_script("SET lock_timeout = 0; SET statement_timeout = 0"));
  }
  std::vector<std::thread> threads;
  std::array<std::string, kThreads> failures;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      SqlConnection& db = *connections[thread];
      WriteContext context(db);
      for (int i = 0; i < kMoves && failures[thread].empty(); ++i) {
        // Two boards in the one order or the other; each thread has users of its own.
        db.begin_write();
        for (const int category : {i % 2, (i + 1) % 2}) {
          const std::size_t user = thread * 4 + static_cast<std::size_t>(i) % 4;
          move_boards(context, {.user = fixture.user(user),
                                .category = kCategories[static_cast<std::size_t>(category)],
                                .delta = 1,
                                .total = i / 4 + 1,
                                .city = kCities[1 + thread % 2],
                                .at = now,
                                .now = now});
        }
        context.write_heads();
        db.commit();
        if (db.failure()) failures[thread] = db.failure()->text;
        context.committed();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& failure : failures) CHECK(failure == "");
  fixture.check_chunks();
  for (const char* category : kCategories) {
    for (const BoardPeriod period : {BoardPeriod::day, BoardPeriod::all_time}) {
      const auto page = fixture.page(0, now, {.name = {.category = category, .period = period}});
      REQUIRE(page.ok());
      REQUIRE(page->entries.size() == 12);
      for (const BoardEntry& entry : page->entries) CHECK(entry.score == kMoves / 4);
    }
  }
}

}  // namespace kith
