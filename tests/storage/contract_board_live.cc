// Leaderboards as those who watch them need them, on each SQL store.
#include "tests/storage/board_fixture.h"
#include "tests/storage/rewards_fixture.h"

namespace kith {
TEST_CASE_TEMPLATE("anyone may follow a board that there is", Adapter, SQL_STORES) {
  BoardFixture fixture(Adapter::kUrl, 2);
  BoardScores scores{fixture};
  const auto moved = scores.add(0, 10);
  const auto attached = fixture.store->attach(moved.front().board, fixture.user(1).key);
  REQUIRE(attached.ok());
  CHECK(attached->head == 0);
  const auto none = fixture.store->attach(ChannelId(IdKind::board, Uuid{7}), fixture.user(1).key);
  CHECK(outcome(none) == "forbidden");

  const auto look = fixture.store->template await<BoardLook>([&](auto done) {
    fixture.boards().look({moved.front().board, ChannelId(IdKind::board, Uuid{7})}, kNoon,
                          std::move(done));
  });
  REQUIRE(look.ok());
  REQUIRE(look->boards.size() == 1);
  CHECK(look->boards.front().revision == moved.front().revision);
  CHECK_FALSE(look->due);
}

TEST_CASE_TEMPLATE("shards that ask for the first ones are given what was so when they asked",
                   Adapter, SQL_STORES) {
  BoardFixture fixture(Adapter::kUrl, 3, 2);
  BoardScores scores{fixture};
  const auto board = scores.add(0, 10).front().board;
  const auto top = [&](std::size_t shard, std::uint64_t at_least) {
    return *fixture.store.shard(shard).template await<BoardTopPtr>(
        [&](auto done) { fixture.boards(shard).top(board, at_least, std::move(done)); });
  };
  const BoardTopPtr first = top(0, 0);
  REQUIRE(first->entries.size() == 1);
  CHECK(first->total == 1);
  CHECK(top(1, first->revision) == first);  // the very same, not read again
  std::uint64_t revision = 0;
  for (const BoardMoved& moved : scores.add(1, 20)) {
    if (moved.board == board) revision = moved.revision;
  }
  const BoardTopPtr second = top(1, revision);
  REQUIRE(second->entries.size() == 2);
  CHECK(second->entries.front() == BoardEntry{.rank = 1, .user = fixture.user(1).id, .score = 20});
  CHECK(second->revision == revision);
  CHECK(top(0, 0)->revision == revision);
}

TEST_CASE_TEMPLATE("the profile's boards of everywhere can be followed before anybody scores",
                   Adapter, SQL_STORES) {
  RewardFixture fixture(Adapter::kUrl);
  const UserRecord user = fixture.store().add_user("ada");
  const auto board_of = [&](const char* category, const char* city) {
    const auto page = fixture.shard().template await<BoardPage>([&](auto done) {
      fixture.shard().boards()->page(
          {.user = user.id, .key = user.key, .now = kNoon},
          {.name = {.city = city, .category = category, .period = BoardPeriod::week}},
          std::move(done));
    });
    REQUIRE(page.ok());
    CHECK(page->entries.empty());
    return page->board;
  };
  const auto board = board_of("skills", "");
  REQUIRE(board.has_value());
  CHECK(fixture.shard().attach(*board, user.key).ok());
  CHECK(board_of("skills", " ") == board);
  CHECK_FALSE(board_of("skills", "Berlin").has_value());
  CHECK_FALSE(board_of("of_ones_own", "").has_value());
}

TEST_CASE_TEMPLATE("how a period ended is shown, but for those who are gone or hide", Adapter,
                   SQL_STORES) {
  BoardFixture fixture(Adapter::kUrl, 3);
  BoardScores scores{fixture};
  scores.add(0, 10, "Berlin");
  scores.add(1, 20);
  scores.add(2, 5);
  const auto past = [&](PastBoardQuery query) {
    query.name.category = "overall";
    query.name.period = BoardPeriod::day;
    return fixture.store->template await<PastBoard>(
        [&](auto done) { fixture.boards().past(std::move(query), std::move(done)); });
  };
  CHECK(outcome(past({})) == "not_found");
  const WallTime tomorrow = at_time("2026-05-14 0");
  fixture.roll(tomorrow);
  const auto ended = past({.limit = 2});
  REQUIRE(ended.ok());
  CHECK(ended->opened_at == at_time("2026-05-13 0"));
  CHECK(ended->closed_at == tomorrow);
  CHECK(ended->total == 3);
  REQUIRE(ended->entries.size() == 2);
  CHECK(ended->entries[0].rank == 1);
  CHECK(ended->entries[0].user == fixture.user(1).id);
  CHECK(ended->entries[0].score == 20);
  fixture.hide(1, true);
  CHECK_FALSE(past({})->entries[0].user.has_value());
  CHECK(past({.name = {.city = "berlin"}})->entries.size() == 1);

  scores.add(2, 1, {}, tomorrow, tomorrow);
  fixture.roll(at_time("2026-05-15 0"));
  CHECK(past({})->entries.size() == 1);
  CHECK(past({.at = kNoon})->entries.size() == 3);
  CHECK(past({.at = at_time("2026-05-13 0")})->entries.size() == 3);
  CHECK(past({.at = tomorrow})->entries.size() == 1);
  CHECK(outcome(past({.at = at_time("2026-05-12 23")})) == "not_found");
}

}  // namespace kith
