// Leaderboards, on each SQL store: what stands where, whom it shows, and how periods end.
#include <algorithm>

#include "storage/sql_board_runs.h"
#include "storage/sql_erasure_scan.h"
#include "tests/storage/board_fixture.h"

namespace kith {
namespace {

BoardQuery query(BoardPeriod period, const std::string& city = {}, std::uint32_t limit = 100) {
  return {.name = {.city = city, .category = "overall", .period = period}, .limit = limit};
}

}  // namespace

TEST_CASE_TEMPLATE("who has more is ahead, and of equals who had it first", Adapter, SQL_STORES) {
  BoardFixture fixture(Adapter::kUrl, 5);
  BoardScores scores{fixture};
  const auto empty = fixture.page(0, kNoon, query(BoardPeriod::all_time));
  REQUIRE(empty.ok());
  CHECK_FALSE(empty->board.has_value());
  CHECK(empty->entries.empty());
  CHECK_FALSE(empty->me.has_value());

  scores.add(0, 10);
  scores.add(1, 20);
  scores.add(2, 10);
  scores.add(3, 5);
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::all_time)) == "1 b 20, 2 a 10, 3 c 10, 4 d 5");
  const auto moved = scores.add(3, 5);  // the third to have 10
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::day)) == "1 b 20, 2 a 10, 3 c 10, 4 d 10");
  scores.add(1, -10);  // reached it anew, last of all
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::week)) == "1 a 10, 2 c 10, 3 d 10, 4 b 10");

  const auto page = fixture.page(2, kNoon, query(BoardPeriod::all_time, {}, 2));
  REQUIRE(page.ok());
  CHECK(page->total == 4);
  REQUIRE(page->me.has_value());
  CHECK(page->me->rank == 2);
  CHECK(page->me->score == 10);
  REQUIRE(page->board.has_value());
  const auto told = std::ranges::find(moved, *page->board, &BoardMoved::board);
  REQUIRE(told != moved.end());
  CHECK(page->revision == told->revision + 1);
  // Who has no score has no place.
  CHECK_FALSE(fixture.page(4, kNoon, query(BoardPeriod::all_time))->me.has_value());
}

TEST_CASE_TEMPLATE("a board is read page by page, and around the reader", Adapter, SQL_STORES) {
  BoardFixture fixture(Adapter::kUrl, 8);
  BoardScores scores{fixture};
  for (std::size_t i = 0; i < 7; ++i) scores.add(i, 100 - static_cast<std::int64_t>(i) * 10);

  BoardQuery next = query(BoardPeriod::all_time, {}, 3);
  std::string all;
  for (int pages = 1;; ++pages) {
    all += fixture.shown(0, kNoon, next) + "; ";
    const auto cursor = fixture.page(0, kNoon, next)->next_cursor;
    if (!cursor) {
      CHECK(pages == 3);
      break;
    }
    next.cursor = *cursor;
  }
  CHECK(all == "1 a 100, 2 b 90, 3 c 80; 4 d 70, 5 e 60, 6 f 50; 7 g 40; ");

  BoardQuery around = query(BoardPeriod::all_time, {}, 3);
  around.around_me = true;
  CHECK(fixture.shown(3, kNoon, around) == "3 c 80, 4 d 70, 5 e 60");
  CHECK(fixture.shown(0, kNoon, around) == "1 a 100, 2 b 90, 3 c 80");
  CHECK(fixture.shown(6, kNoon, around) == "6 f 50, 7 g 40");
  CHECK(fixture.shown(7, kNoon, around).empty());

  for (const char* bad : {"x", "12", "1.", ".1", "1.2.3", "1.x", "99999999999999999999.1"}) {
    BoardQuery wrong = query(BoardPeriod::all_time);
    wrong.cursor = bad;
    const auto refused = fixture.page(0, kNoon, wrong);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::bad_request);
    CHECK(refused.error().field == "cursor");
  }
  const auto nowhere = fixture.page(0, kNoon, {.board = ChannelId(IdKind::board, Uuid{7})});
  CHECK(outcome(nowhere) == "not_found");
}

TEST_CASE_TEMPLATE("one stands in the city that one lives in, and everywhere", Adapter,
                   SQL_STORES) {
  BoardFixture fixture(Adapter::kUrl, 3);
  BoardScores scores{fixture};
  scores.add(0, 10, "Berlin");
  scores.add(1, 20, " BERLIN ");
  scores.add(2, 30);
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::week, "berlin")) == "1 b 20, 2 a 10");
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::week)) == "1 c 30, 2 b 20, 3 a 10");
  // With all that one has, from the first move there on.
  scores.add(1, 1, "Paris");
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::all_time, "Berlin")) == "1 a 10");
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::day, "Paris")) == "1 b 21");
  fixture.check_chunks();
}

TEST_CASE_TEMPLATE("a late deed after a move leaves the old city's running boards alone", Adapter,
                   SQL_STORES) {
  BoardFixture fixture(Adapter::kUrl, 1);
  BoardScores scores{fixture};
  scores.add(0, 10, "Berlin");
  scores.add(0, 5, "Paris", at_time("2026-05-12 23"));  // yesterday
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::day, "Berlin")) == "1 a 10");
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::day, "Paris")).empty());
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::week, "Berlin")).empty());
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::week, "Paris")) == "1 a 15");
  scores.add(0, 1, "Paris");
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::day, "Berlin")).empty());
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::day, "Paris")) == "1 a 11");
  CHECK(fixture.count("SELECT count(*) FROM board_entries") == 10);
  fixture.check_chunks();
}

TEST_CASE_TEMPLATE("what is earned late counts for the periods that are not over", Adapter,
                   SQL_STORES) {
  BoardFixture fixture(Adapter::kUrl, 2);
  BoardScores scores{fixture};
  scores.add(0, 10);
  scores.add(0, 5, {}, at_time("2026-05-12 23"));  // yesterday
  scores.add(0, 3, {}, at_time("2026-05-10 23"));  // last week: a Sunday
  scores.add(0, 2, {}, at_time("2026-03-31 23"));  // last season
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::day)) == "1 a 10");
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::week)) == "1 a 15");
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::month)) == "1 a 18");
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::season)) == "1 a 18");
  CHECK(fixture.shown(0, kNoon, query(BoardPeriod::all_time)) == "1 a 20");
}

TEST_CASE_TEMPLATE("a period ends once, whoever ends it, and what it came to is kept", Adapter,
                   SQL_STORES) {
  BoardFixture fixture(Adapter::kUrl, 3, 2);
  BoardScores scores{fixture};
  scores.add(0, 10);
  scores.add(1, 20);
  const auto before = fixture.page(0, kNoon, query(BoardPeriod::day));
  const WallTime tomorrow = at_time("2026-05-14 0");
  CHECK(fixture.roll(tomorrow - std::chrono::milliseconds{1}).empty());

  // Both shards at once.
  std::size_t ended = 0;
  std::size_t answers = 0;
  for (std::size_t shard = 0; shard < 2; ++shard) {
    fixture.boards(shard).roll(tomorrow, [&](Result<std::vector<BoardMoved>> rolled) {
      ++answers;
      if (rolled) ended += rolled->size();
    });
  }
  for (std::size_t shard = 0; shard < 2; ++shard) {
    fixture.store.shard(shard).queue().pump_until([&] { return answers > shard; });
  }
  CHECK(ended == 1);
  CHECK(fixture.count("SELECT count(*) FROM leaderboard_snapshots") == 1);
  CHECK(fixture.count("SELECT count(*) FROM leaderboard_snapshots WHERE total = 2 AND period = 0"
                      " AND city = '' AND closed_at = 1778716800000") == 1);
  const std::string first = R"([{"rank":1,"user_id":")" + fixture.user(1).id.text();
  CHECK(
      fixture.count(("SELECT count(*) FROM leaderboard_snapshots WHERE data LIKE '" + first + "%'")
                        .c_str()) == 1);

  const auto after = fixture.page(0, tomorrow, query(BoardPeriod::day));
  REQUIRE(after.ok());
  CHECK(after->board == before->board);
  CHECK(after->revision > before->revision);
  CHECK(after->entries.empty());
  CHECK(after->total == 0);
  CHECK(fixture.shown(0, tomorrow, query(BoardPeriod::week)) == "1 b 20, 2 a 10");
  scores.add(2, 1, {}, tomorrow, tomorrow);
  CHECK(fixture.shown(0, tomorrow, query(BoardPeriod::day)) == "1 c 1");

  // Nobody has rolled for a year: whoever looks at a board first does, at that one alone, and the
  // empty days between leave nothing behind.
  const WallTime later = at_time("2027-05-14 0");
  CHECK(fixture.shown(0, later, query(BoardPeriod::month)).empty());
  CHECK(fixture.count("SELECT count(*) FROM leaderboard_snapshots") == 2);
  CHECK(fixture.roll(later).size() == 3);
  CHECK(fixture.count("SELECT count(*) FROM leaderboard_snapshots") == 5);
  CHECK(fixture.shown(0, later, query(BoardPeriod::all_time)) == "1 b 20, 2 a 10, 3 c 1");

  // What is over goes in small steps.
  auto db = fixture.connect();
  int steps = 0;
  for (std::int64_t rows = 1; rows > 0; ++steps) {
    db->begin_write();
    rows = sweep_boards(*db, 1);
    db->commit();
    REQUIRE_FALSE(db->failure().has_value());
  }
  CHECK(steps > 5);
  CHECK(fixture.count("SELECT count(*) FROM board_entries") == 3);
  CHECK(fixture.count("SELECT count(*) FROM board_runs") == 5);
  fixture.check_chunks();
}

TEST_CASE_TEMPLATE("who hides is seen by nobody, sees their own score, and comes back", Adapter,
                   SQL_STORES) {
  BoardFixture fixture(Adapter::kUrl, 3);
  BoardScores scores{fixture};
  scores.add(0, 10);
  scores.add(1, 20);
  scores.add(2, 10);
  const auto before = fixture.page(0, kNoon, query(BoardPeriod::all_time))->revision;
  CHECK(fixture.hide(0, true).size() == 5);
  CHECK(fixture.hide(0, true).empty());
  CHECK(fixture.shown(1, kNoon, query(BoardPeriod::all_time)) == "1 b 20, 2 c 10");
  const auto page = fixture.page(0, kNoon, query(BoardPeriod::all_time));
  CHECK(page->revision == before + 1);
  CHECK(page->total == 2);
  REQUIRE(page->me.has_value());
  CHECK_FALSE(page->me->rank.has_value());
  CHECK(page->me->score == 10);
  BoardQuery around = query(BoardPeriod::all_time);
  around.around_me = true;
  CHECK(fixture.shown(0, kNoon, around).empty());
  // What is earned meanwhile counts.
  scores.add(0, 1);
  CHECK(fixture.shown(1, kNoon, query(BoardPeriod::day)) == "1 b 20, 2 c 10");
  CHECK(fixture.hide(0, false).size() == 5);
  CHECK(fixture.shown(1, kNoon, query(BoardPeriod::day)) == "1 b 20, 2 a 11, 3 c 10");
  fixture.hide(2, true);
  fixture.hide(2, false);
  CHECK(fixture.shown(1, kNoon, query(BoardPeriod::month)) == "1 b 20, 2 a 11, 3 c 10");
  fixture.check_chunks();
}

TEST_CASE_TEMPLATE("who is erased was never there", Adapter, SQL_STORES) {
  BoardFixture fixture(Adapter::kUrl, 3);
  BoardScores scores{fixture};
  scores.add(0, 10, "Berlin");
  scores.add(1, 20, "Berlin");
  fixture.hide(0, true);
  fixture.hide(0, false);
  const WallTime tomorrow = at_time("2026-05-14 0");
  fixture.roll(tomorrow);
  const std::string named = "SELECT count(*) FROM leaderboard_snapshots WHERE data LIKE '%" +
                            fixture.user(1).id.text() + "%'";
  CHECK(fixture.count(named.c_str()) == 2);
  auto db = fixture.connect();
  const auto moved = fixture.change(
      *db, [&](WriteContext& context) { return erase_from_boards(context, fixture.user(1).key); });
  CHECK(moved.size() == 8);  // those of the day are over
  CHECK(fixture.shown(0, tomorrow, query(BoardPeriod::all_time)) == "1 a 10");
  CHECK(fixture.shown(0, tomorrow, query(BoardPeriod::week, "Berlin")) == "1 a 10");
  const auto scan = scan_snapshots(*db, fixture.user(1), 0);
  CHECK(scan.last);
  REQUIRE(scan.rewrites.size() == 2);
  for (const auto& rewrite : scan.rewrites) {
    CHECK(rewrite.text.find(fixture.user(1).id.text()) == std::string::npos);
    CHECK(rewrite.text.find(R"("user_id":null)") != std::string::npos);
  }
  CHECK(fixture.count("SELECT count(*) FROM leaderboard_snapshots") == 2);
  const std::string of_user = "SELECT count(*) FROM board_entries WHERE user_id = " +
                              std::to_string(static_cast<std::int64_t>(fixture.user(1).key));
  CHECK(fixture.count(of_user.c_str()) == 0);
  fixture.check_chunks();
}

}  // namespace kith
