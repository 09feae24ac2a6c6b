#include "tests/simulation/boards_port.h"

namespace kith::simulation {

void BoardsPort::page(Actor reader, BoardQuery query, Callback<BoardPage> done) {
  read<BoardPage>(std::move(done), [reader, query = std::move(query)](StoreModel& model) {
    return model.rewards().page(reader, query);
  });
}

void BoardsPort::top(ChannelId board, std::uint64_t at_least, Callback<BoardTopPtr> done) {
  if (tops_.ask(board, at_least, line_->completions(), std::move(done))) read_top(board);
}

void BoardsPort::read_top(const ChannelId& board) {
  read<BoardTopPtr>(
      [this, board](Result<BoardTopPtr> top) {
        if (tops_.finish(board, top)) read_top(board);
      },
      [board](StoreModel& model) { return model.rewards().top(board); });
}

void BoardsPort::look(std::vector<ChannelId> boards, WallTime now, Callback<BoardLook> done) {
  read<BoardLook>(std::move(done), [boards = std::move(boards), now](StoreModel& model) {
    auto look = model.rewards().look(boards, now);
    if (look && model.plan().mutation == Mutation::blind_boards) look->boards.clear();
    return look;
  });
}

void BoardsPort::roll(WallTime now, Callback<std::vector<BoardMoved>> done) {
  change<std::vector<BoardMoved>>(std::move(done),
                                  [now](StoreModel& model) { return model.rewards().roll(now); });
}

}  // namespace kith::simulation
