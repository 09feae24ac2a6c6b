// What the live boards of this process show, read once for all shards that watch one: a shard that
// asks while another's read is under way, or behind it, is given the same.
//
// A read answers whoever asked before it began, and later ones where it is of the revision that
// they know of already; the others, all together, wait for one more. So a changed board costs the
// store one read, whatever the number of shards, and what one is told is never older than the
// question.
//
// Any thread; answers come through the asking shard's queue.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "engine/ports/boards.h"
#include "engine/ports/completion_queue.h"

namespace kith {

class BoardTops {
 public:
  // True: the caller is to read the board and to say finish(), once.
  [[nodiscard]] bool ask(const ChannelId& board, std::uint64_t at_least, CompletionQueue& shard,
                         Callback<BoardTopPtr> done);
  // The outcome of the read that ask() or finish() has told the caller to make. True: once more.
  [[nodiscard]] bool finish(const ChannelId& board, const Result<BoardTopPtr>& read);
  // The shard goes: its questions with it.
  void forget(const CompletionQueue& shard);

  std::uint64_t reads() const;

 private:
  // Boards of which the newest is remembered while nobody reads them; beyond, all of those go.
  static constexpr std::size_t kKeptMax = 4'096;

  struct Waiting {
    std::uint64_t at_least = 0;
    CompletionQueue* shard = nullptr;
    Callback<BoardTopPtr> done;
    bool before_read = false;  // asked before the read that is under way began
  };
  struct Slot {
    BoardTopPtr newest;
    bool reading = false;
    std::vector<Waiting> waiting;
  };
  static void answer(Waiting waiting, Result<BoardTopPtr> result);

  mutable std::mutex mutex_;
  std::unordered_map<ChannelId, Slot, IdHash> slots_;
  std::uint64_t reads_ = 0;
};

}  // namespace kith
