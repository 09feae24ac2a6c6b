// The parts of leaderboards that need no database: when periods begin and end, and what is read
// once for many.
#include "storage/board_tops.h"
#include "storage/board_windows.h"
#include "tests/storage/board_fixture.h"

namespace kith {
namespace {

void check_window(BoardPeriod period, const char* at, const char* opens, const char* closes) {
  INFO(to_string(period), " of ", at);
  const WallTime moment = at_time(at);
  for (const WallTime time : {moment, moment + std::chrono::milliseconds{3'599'999}}) {
    const BoardWindow window = board_window(period, time);
    CHECK(window.opens == at_time(opens));
    CHECK(window.closes == at_time(closes));
  }
}

BoardTopPtr top_of(std::uint64_t revision) {
  return std::make_shared<const BoardTop>(BoardTop{.revision = revision});
}

}  // namespace

TEST_CASE("periods begin and end by the calendar, in UTC") {
  using enum BoardPeriod;
  check_window(day, "2026-05-13 0", "2026-05-13 0", "2026-05-14 0");
  check_window(day, "2024-02-29 23", "2024-02-29 0", "2024-03-01 0");
  check_window(week, "2026-05-11 0", "2026-05-11 0", "2026-05-18 0");  // a Monday
  check_window(week, "2026-05-17 23", "2026-05-11 0", "2026-05-18 0");
  check_window(week, "2027-01-01 5", "2026-12-28 0", "2027-01-04 0");
  check_window(month, "2026-02-28 23", "2026-02-01 0", "2026-03-01 0");
  check_window(month, "2026-12-31 23", "2026-12-01 0", "2027-01-01 0");
  check_window(season, "2026-03-31 23", "2026-01-01 0", "2026-04-01 0");
  check_window(season, "2026-04-01 0", "2026-04-01 0", "2026-07-01 0");
  check_window(season, "2026-12-31 23", "2026-10-01 0", "2027-01-01 0");
  CHECK(board_window(all_time, at_time("2026-05-13 0")).closes == WallTime::max());
}

TEST_CASE("a city is the same however it is written") {
  CHECK(fold_city("Berlin") == "berlin");
  CHECK(fold_city("  New York ") == "new york");
  CHECK(fold_city(" \t ").empty());
  CHECK(fold_city("Köln") == "köln");
}

TEST_CASE("one read answers all who ask before it, later ones as far as it is new enough") {
  BoardTops tops;
  PumpedQueue here;
  PumpedQueue there;
  const ChannelId board(IdKind::board, Uuid{1});
  std::string answers;
  const auto ask = [&](PumpedQueue& shard, std::uint64_t at_least, char name) {
    return tops.ask(board, at_least, shard, [&answers, name](Result<BoardTopPtr> top) {
      answers += name + (top ? std::to_string((*top)->revision) : std::string("-"));
    });
  };
  CHECK(ask(here, 0, 'a'));
  CHECK_FALSE(ask(there, 5, 'b'));  // perhaps the read knows of it
  CHECK_FALSE(ask(there, 7, 'c'));
  CHECK_FALSE(ask(here, 0, 'd'));  // as of now, which the read may not be
  CHECK(tops.finish(board, top_of(6)));
  here.pump();
  there.pump();
  CHECK(answers == "a6b6");
  CHECK_FALSE(ask(here, 6, 'e'));
  CHECK_FALSE(tops.finish(board, top_of(6)));  // revision 7 was a lie: nobody waits for it
  here.pump();
  there.pump();
  CHECK(answers == "a6b6e6d6c6");
  CHECK(tops.reads() == 2);

  CHECK(ask(here, 8, 'f'));
  CHECK_FALSE(ask(there, 8, 'g'));
  tops.forget(there);
  CHECK_FALSE(tops.finish(board, fail(ErrorCode::unavailable, "down")));
  here.pump();
  there.pump();
  CHECK(answers == "a6b6e6d6c6f-");
  CHECK(ask(here, 8, 'h'));  // a failure is nobody's answer but theirs
  CHECK_FALSE(tops.finish(board, top_of(8)));
  here.pump();
  CHECK(answers == "a6b6e6d6c6f-h8");
}

}  // namespace kith
