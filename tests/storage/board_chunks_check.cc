#include <algorithm>
#include <tuple>

#include "storage/sql_board_chunks.h"
#include "tests/storage/board_fixture.h"

namespace kith {
namespace {

struct Counted {
  std::int64_t run = 0;
  BoardPlace low{};
  std::int64_t id = 0;
  std::int64_t members = 0;
  std::int64_t block = 0;  // a chunk's

  std::tuple<std::int64_t, std::int64_t, std::int64_t> place() const {
    return {run, low.lag, low.reached};
  }
};

std::vector<Counted> counted(SqlConnection& db, const char* sql) {
  std::vector<Counted> out;
  auto rows = db.query(sql);
  while (rows.next()) {
    out.push_back({.run = rows.integer(0),
                   .low = {.lag = rows.integer(1), .reached = rows.integer(2)},
                   .id = rows.integer(3),
                   .members = rows.integer(4),
                   .block = rows.integer(5)});
  }
  return out;
}

// How many of `parts` lie in each of `wholes`, which begins at or before its first, and ends where
// the next begins; both in their order.
template <typename Amount>
std::vector<std::int64_t> sums(const std::vector<Counted>& wholes,
                               const std::vector<Counted>& parts, Amount amount) {
  std::vector<std::int64_t> out(wholes.size());
  std::size_t at = 0;
  for (const Counted& part : parts) {
    while (at + 1 < wholes.size() && wholes[at + 1].place() <= part.place()) ++at;
    REQUIRE(at < wholes.size());
    REQUIRE(wholes[at].run == part.run);
    REQUIRE(wholes[at].place() <= part.place());
    out[at] += amount(part, wholes[at]);
  }
  return out;
}

void check_members(const std::vector<Counted>& wholes, const std::vector<std::int64_t>& members,
                   std::int64_t most) {
  for (std::size_t i = 0; i < wholes.size(); ++i) {
    CHECK(wholes[i].members == members[i]);
    CHECK(wholes[i].members <= most);
  }
}

}  // namespace

void BoardFixture::check_chunks() const {
  db_->begin_read(SqlConnection::Snapshot::one);
  const auto entries =
      counted(*db_,
              "SELECT e.run_id, e.lag, e.reached, 0, 1, 0 FROM board_entries e JOIN boards b"
              " ON b.run_id = e.run_id WHERE e.hidden = 0 ORDER BY e.run_id, e.lag, e.reached");
  const auto chunks = counted(
      *db_,
      "SELECT k.run_id, k.low_lag, k.low_reached, k.id, k.counted, k.block_id FROM board_chunks k"
      " JOIN boards b ON b.run_id = k.run_id ORDER BY k.run_id, k.low_lag, k.low_reached");
  const auto blocks =
      counted(*db_,
              "SELECT k.run_id, k.low_lag, k.low_reached, k.id, k.counted, 0 FROM board_blocks k"
              " JOIN boards b ON b.run_id = k.run_id ORDER BY k.run_id, k.low_lag, k.low_reached");
  db_->commit();
  check_members(chunks, sums(chunks, entries, [](const auto&, const auto&) { return 1; }),
                kChunkMembersMax);
  check_members(blocks,
                sums(blocks, chunks,
                     [](const Counted& chunk, const Counted& block) {
                       CHECK(chunk.block == block.id);
                       return chunk.members;
                     }),
                kBlockMembersMax);
  for (const Counted& block : blocks) {
    CHECK(std::ranges::any_of(
        chunks, [&](const Counted& chunk) { return chunk.place() == block.place(); }));
  }
}

}  // namespace kith
