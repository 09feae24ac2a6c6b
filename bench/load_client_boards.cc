// How a LoadClient watches a leaderboard: no log and no numbers, but a copy, the changes that fit
// it, and a new copy where one does not.
#include <fmt/format.h>

#include "bench/json_fields.h"
#include "bench/load_client.h"

namespace kith::bench {

const BoardCopy* LoadClient::board() const {
  for (const Chat& chat : chats_) {
    if (chat.board) return chat.board.get();
  }
  return nullptr;
}

void LoadClient::subscribe_board(const Chat& chat) {
  queue(fmt::format(R"({{"type":"subscribe","id":"s","channel":"{}"}})",
                    context_.seed.chats[chat.index].id));
}

void LoadClient::ask_for_board(const Chat& chat) {
  add(context_.tally.board_copies);
  queue(fmt::format(R"({{"type":"leaderboard","id":"b","channel":"{}","limit":{}}})",
                    context_.seed.chats[chat.index].id, kBoardRanksMax));
}

bool LoadClient::on_board_frame(std::string_view type, Element frame, std::size_t bytes) {
  const bool whole = type == "leaderboard";
  if (!whole && type != "leaderboard.updated") return false;
  Chat* chat = chat_of(frame, "channel");
  if (chat == nullptr || !chat->board) return true;
  if (whole) {
    chat->board->take(frame);
    return true;
  }
  add(context_.tally.board_frames);
  add(context_.tally.board_bytes, bytes);
  if (chat->board->apply(frame) == BoardCopy::Fit::misfit) ask_for_board(*chat);
  return true;
}

}  // namespace kith::bench
