// The upper level of the counts that ranks are made of, which only boards of tens of thousands have
// more than one row of.
#include <algorithm>
#include <memory>
#include <vector>

#include "storage/sql_board_chunks.h"
#include "tests/storage/board_fixture.h"

namespace kith {
namespace {

constexpr std::int64_t kCrowd = 24'100;  // rebuilt: 10,000, 10,000, 4,100

class BoardCrowd {
 public:
  explicit BoardCrowd(const std::string& url) : fixture(url, 1), db_(fixture.connect()) {
    fixture.fill(kCrowd - 1);  // and the fixture's own
    db_->begin_read(SqlConnection::Snapshot::one);
    {
      auto rows = db_->query(
          "SELECT e.run_id, e.lag, e.reached FROM board_entries e ORDER BY e.lag, e.reached");
      while (rows.next()) {
        run_ = rows.integer(0);
        places_.push_back({.lag = rows.integer(1), .reached = rows.integer(2)});
      }
    }
    db_->commit();
    REQUIRE(places_.size() == kCrowd);
  }

  // Those from one place to another go out of sight, or come back: some at a time, as a row that a
  // transaction has written thousands of times is slow to find on Postgres.
  void hide(std::size_t from, std::size_t to, bool hidden) {
    for (std::size_t begin = from; begin < to; begin += kAtOnce) {
      fixture.change(*db_, [&](WriteContext&) {
        hide_some(begin, std::min(begin + kAtOnce, to), hidden);
        return std::vector<BoardMoved>{};
      });
    }
  }

  void check(std::size_t first, std::size_t last) {
    fixture.check_chunks();
    db_->begin_read(SqlConnection::Snapshot::one);
    CHECK(entries_in(*db_, run_) == last - first);
    for (std::size_t i = first; i < last; i += 379) {
      CHECK(entries_ahead(*db_, run_, places_[i]) == i - first);
    }
    db_->commit();
  }
  std::int64_t blocks() const {
    return fixture.count(
        "SELECT count(*) FROM board_blocks k JOIN boards b ON b.run_id = k.run_id"
        " WHERE b.period = 4");
  }
  std::int64_t chunks() const {
    return fixture.count(
        "SELECT count(*) FROM board_chunks k JOIN boards b ON b.run_id = k.run_id"
        " WHERE b.period = 4");
  }

  BoardFixture fixture;

 private:
  static constexpr std::size_t kAtOnce = 250;

  void hide_some(std::size_t from, std::size_t to, bool hidden) {
    db_->execute(
        "UPDATE board_entries SET hidden = $1 WHERE run_id = $2 AND (lag, reached) >= ($3, $4)"
        " AND (lag, reached) <= ($5, $6)",
        hidden ? 1 : 0, run_, places_[from].lag, places_[from].reached, places_[to - 1].lag,
        places_[to - 1].reached);
    for (std::size_t i = from; i < to; ++i) count_entry(*db_, run_, places_[i], hidden ? -1 : 1);
  }

  std::unique_ptr<SqlConnection> db_;
  BoardRunId run_ = 0;
  std::vector<BoardPlace> places_;
};

}  // namespace

TEST_CASE_TEMPLATE("ranks among tens of thousands are exact while blocks join and split", Adapter,
                   SQL_STORES) {
  BoardCrowd crowd(Adapter::kUrl);
  CHECK(crowd.blocks() == 3);
  CHECK(crowd.chunks() == 241);
  crowd.check(0, kCrowd);
  crowd.hide(0, 8'000, true);
  CHECK(crowd.blocks() == 2);
  crowd.check(8'000, kCrowd);
  crowd.hide(kCrowd - 2'000, kCrowd, true);
  CHECK(crowd.blocks() == 1);
  crowd.check(8'000, kCrowd - 2'000);
  crowd.hide(kCrowd - 2'000, kCrowd, false);
  crowd.hide(0, 8'000, false);
  CHECK(crowd.blocks() == 2);
  crowd.check(0, kCrowd);
  // Everybody gone: no more rows are left of them than one of each.
  crowd.hide(0, kCrowd, true);
  crowd.check(0, 0);
  CHECK(crowd.blocks() == 1);
  CHECK(crowd.chunks() <= 3);
}

}  // namespace kith
