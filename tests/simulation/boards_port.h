// The boards of one shard over the model. As in the SQL stores, the shards of a node share what
// they read of a live board (storage/board_tops.h).
#pragma once

#include "storage/board_tops.h"
#include "tests/simulation/ports.h"

namespace kith::simulation {

class BoardsPort final : public Boards, public Ports {
 public:
  BoardsPort(std::shared_ptr<StoreLine> line, BoardTops& tops)
      : Ports(std::move(line)), tops_(tops) {}
  ~BoardsPort() override { tops_.forget(line_->completions()); }

  void page(Actor reader, BoardQuery query, Callback<BoardPage> done) override;
  void top(ChannelId board, std::uint64_t at_least, Callback<BoardTopPtr> done) override;
  void look(std::vector<ChannelId> boards, WallTime now, Callback<BoardLook> done) override;
  void roll(WallTime now, Callback<std::vector<BoardMoved>> done) override;

  void past(PastBoardQuery, Callback<PastBoard>) override { KITH_ASSERT(false); }
  void hide(Actor, bool, Callback<std::vector<BoardMoved>>) override { KITH_ASSERT(false); }
  void preferences(Actor, Callback<BoardPreferences>) override { KITH_ASSERT(false); }

 private:
  void read_top(const ChannelId& board);

  BoardTops& tops_;
};

}  // namespace kith::simulation
