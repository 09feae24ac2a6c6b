// The Boards port over SQL, of one shard: posts each operation to the storage threads. What they do
// stands in sql_boards, sql_board_runs and sql_board_reads.
#pragma once

#include "engine/rewards/rules.h"
#include "storage/board_tops.h"
#include "storage/sql_handle.h"

namespace kith {

class SqlBoards final : public Boards {
 public:
  // All outlive it; `shard` is the queue that `worker` answers into.
  SqlBoards(SqlHandle& worker, BoardTops& tops, CompletionQueue& shard,
            std::shared_ptr<const RewardRules> rules)
      : worker_(worker), tops_(tops), shard_(shard), rules_(std::move(rules)) {}
  ~SqlBoards() override { tops_.forget(shard_); }

  void page(Actor reader, BoardQuery query, Callback<BoardPage> done) override;
  void top(ChannelId board, std::uint64_t at_least, Callback<BoardTopPtr> done) override;
  void past(PastBoardQuery query, Callback<PastBoard> done) override;
  void look(std::vector<ChannelId> boards, WallTime now, Callback<BoardLook> done) override;
  void roll(WallTime now, Callback<std::vector<BoardMoved>> done) override;
  void hide(Actor user, bool hidden, Callback<std::vector<BoardMoved>> done) override;
  void preferences(Actor user, Callback<BoardPreferences> done) override;

 private:
  void read_top(const ChannelId& board);
  bool is_to_be_made(const BoardQuery& query) const;
  void make_boards(const Actor& reader, BoardQuery query, BoardPage empty,
                   Callback<BoardPage> done);

  SqlHandle& worker_;
  BoardTops& tops_;
  CompletionQueue& shard_;
  const std::shared_ptr<const RewardRules> rules_;
};

}  // namespace kith
