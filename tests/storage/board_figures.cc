// One's own rank among a thousand, a hundred thousand and a million, as a shard asks the store for
// it: there and back, with the board's total and the entry at that rank. Prints a table, and takes
// a minute or two, so it is run when asked for:
//
//   build/kith_storage_tests --no-skip --test-case="figures: *"
#include <algorithm>
#include <cstdio>
#include <random>

#include "storage/sql_board_runs.h"
#include "tests/storage/board_fixture.h"

namespace kith {
namespace {

constexpr int kLooks = 2'000;
constexpr const char* kUsersOfSqlite =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)"
    " INSERT INTO channels(kind, public_id) SELECT 0, randomblob(16) FROM n";
constexpr const char* kUsersOfPostgres =
    "INSERT INTO channels(kind, public_id) SELECT 0, gen_random_uuid()"
    " FROM generate_series(1, CAST($1 AS BIGINT))";

// A board of all time with that many on it, each score some ten times.
std::vector<UserKey> fill(BoardFixture& fixture, std::int64_t users) {
  const auto db = fixture.connect(std::chrono::minutes(10));
  fixture.change(*db, [&](WriteContext& context) {
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
  if (db->is_shared()) REQUIRE(db->run_script("ANALYZE board_entries, board_chunks, channels"));
  std::vector<UserKey> keys;
  db->begin_read(SqlConnection::Snapshot::one);
  {
    auto rows = db->query("SELECT user_id FROM board_entries");
    while (rows.next()) keys.push_back(UserKey{rows.integer(0)});
  }
  db->commit();
  return keys;
}

}  // namespace

TEST_CASE_TEMPLATE("figures: one's own rank" * doctest::skip(), Adapter, SQL_STORES) {
  std::printf("%10s %10s %10s %10s\n", "users", "p50 us", "p99 us", "max us");
  for (const std::int64_t users : {1'000, 100'000, 1'000'000}) {
    BoardFixture fixture(Adapter::kUrl, 1);
    const std::vector<UserKey> keys = fill(fixture, users);
    std::mt19937_64 random(7);
    std::vector<double> took_us;
    for (int i = 0; i < kLooks + 100; ++i) {
      const Actor reader{.key = keys[random() % keys.size()], .now = kNoon};
      const auto begun = std::chrono::steady_clock::now();
      const auto page = fixture.store->await<BoardPage>([&](Callback<BoardPage> done) {
        fixture.boards().page(reader, {.around_me = true, .limit = 1}, std::move(done));
      });
      const std::chrono::duration<double, std::micro> took =
          std::chrono::steady_clock::now() - begun;
      REQUIRE(page.ok());
      REQUIRE(page->entries.size() == 1);
      CHECK(page->me->rank == page->entries.front().rank);
      if (i >= 100) took_us.push_back(took.count());
    }
    std::ranges::sort(took_us);
    std::printf("%10lld %10.0f %10.0f %10.0f  %s\n", static_cast<long long>(users),
                took_us[kLooks / 2], took_us[kLooks * 99 / 100], took_us.back(), Adapter::kUrl);
  }
}

}  // namespace kith
