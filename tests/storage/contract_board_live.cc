// Leaderboards as those who watch them need them, on each SQL store.
#include "tests/storage/board_fixture.h"

namespace kith {
TEST_CASE_TEMPLATE("anyone may follow a board that there is", Adapter, SQL_STORES) {
  BoardFixture fixture(Adapter::kUrl, 2);
  Scores scores{fixture};
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
  Scores scores{fixture};
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

}  // namespace kith
