// Live leaderboards (PROTOCOL sections 3 and 4): a state event, at most 4 a second per board, one
// frame for all who follow it.
//
// A shard keeps what the copies of its watchers show: the board's first kLeaderboardLimitMax as it
// last told them. It hears by the bus that a board has moved to a revision, and once a second asks
// the store what it may have missed; then it reads the first ones anew (the store reads once for
// all shards), and says which ranks have changed. `base` is the revision that it had told before,
// so whoever has that one and puts the entries in at their ranks has the board at `revision`,
// exactly.
//
// Who asks is given the same view, brought up to the revision that the store has at that moment: so
// an answer always fits the frame that comes next, and never lies behind what the asker has been
// told is committed. Where that would be the fifth frame of a second, the answer waits for its
// turn. Ten thousand who ask cost ten thousand looks for one rank each, and one read of the board.
//
// Moves below what is shown are no frame; they cost a read, at most 4 a second too.
#pragma once

#include <map>
#include <vector>

#include "engine/channel.h"
#include "engine/context.h"

namespace kith {

class Leaderboards {
 public:
  explicit Leaderboards(Context& context) : context_(context) {}

  // A session follows the board live from here on.
  void followed(const Channel& channel);
  // Committed by this shard: the others are told.
  void moved(const std::vector<BoardMoved>& boards);
  void on_bus_event(const BusEvent& event);
  // not_found: no such board. `limit` is of the answer alone.
  void ask(const Actor& reader, const command::Leaderboard& asked, Callback<BoardPage> done);
  void tick();
  SteadyTime next_deadline() const;

 private:
  struct Question {
    Actor reader;
    ChannelId board;
    std::uint32_t limit = 0;
    Callback<BoardPage> done;
    BoardPage own{};  // the store's word: the revision, and the reader's place
  };
  struct Watched {
    BoardTopPtr told;         // what the copies show; null: it is being read for the first time
    BoardTopPtr newer;        // other than that, and waits for its turn
    std::uint64_t seen = 0;   // the newest revision that was read
    std::uint64_t heard = 0;  // the newest that is known to be there
    bool stale = true;        // to be read
    bool reading = false;
    SteadyTime next_read{};
    SteadyTime next_told{};
    std::vector<Question> held;  // at most what sessions may have in flight
  };

  void hear(const ChannelId& board, std::uint64_t revision);
  void read_if_due(const ChannelId& board, Watched& watched);
  void read(const ChannelId& board, Result<BoardTopPtr> top);
  void adopt(const ChannelId& board, Watched& watched, BoardTopPtr top);
  void tell(const ChannelId& board, Watched& watched);
  void answer_held(Watched& watched);
  // From the store alone, of a board that nobody here follows.
  void ask_store(Question question);
  void hold(Question question);
  void forget_unfollowed();
  void look();
  void looked(const BoardLook& look);
  void due(SteadyTime at) { next_due_ = std::min(next_due_, at); }

  Context& context_;
  std::map<ChannelId, Watched> watched_;  // in an order that does not depend on hashes
  SteadyTime next_due_ = SteadyTime::max();
  SteadyTime next_look_{};
  bool looking_ = false;
  bool rolling_ = false;
};

}  // namespace kith
