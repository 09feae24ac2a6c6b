// Leaderboards (PROTOCOL sections 3 and 4): one board per category, city and period. Who has the
// higher score is ahead, and of equals who reached it first; ranks are 1, 2, 3 ... without a tie.
// Boards are moved by what moves scores, in its transaction (storage/sql_boards.h); this port reads
// them, and does what belongs to boards alone.
//
// `revision` rises with every change of the board, in commit order; a page is of one snapshot, and
// exact. A board comes into being with its first score; those of everywhere of a category that the
// profile lists, when somebody first asks for one of them, so that it can be followed.
//
// Thread and callbacks as in event_log.h. Errors: unavailable as there; others as noted.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/callback.h"
#include "engine/ports/chats.h"
#include "protocol/ids.h"
#include "protocol/limits.h"

namespace kith {

// In UTC: a day from midnight, an ISO week from Monday, a calendar month, a season from the first
// of January, April, July and October.
enum class BoardPeriod : std::uint8_t { day = 0, week = 1, month = 2, season = 3, all_time = 4 };
std::string_view to_string(BoardPeriod period);  // "day", ..., "all_time"
std::optional<BoardPeriod> parse_board_period(std::string_view text);

struct BoardName {
  std::string city{};  // as people write it; empty: everywhere
  std::string category = "overall";
  BoardPeriod period = BoardPeriod::all_time;
};

struct BoardEntry {
  std::uint64_t rank = 0;
  UserId user;
  std::int64_t score = 0;
  bool operator==(const BoardEntry&) const = default;
};

// One's own place. Who hides has none, and sees their score all the same.
struct BoardMe {
  std::optional<std::uint64_t> rank;
  std::int64_t score = 0;
};

// What a live board shows: its first kLeaderboardLimitMax.
struct BoardTop {
  std::uint64_t revision = 0;
  std::uint64_t total = 0;  // everybody on the board who does not hide
  std::vector<BoardEntry> entries;
};
using BoardTopPtr = std::shared_ptr<const BoardTop>;

struct BoardQuery {
  BoardName name{};
  std::optional<ChannelId> board{};     // instead of the name
  std::optional<std::string> cursor{};  // from the beginning without one
  bool around_me = false;               // instead of a cursor
  std::uint32_t limit = limits::kLeaderboardLimitMax;
};
struct BoardPage {
  std::optional<ChannelId> board;  // nothing: nobody has had a score there yet
  std::uint64_t revision = 0;
  std::uint64_t total = 0;
  std::vector<BoardEntry> entries;
  std::optional<std::string> next_cursor;
  std::optional<BoardMe> me;  // nothing: the reader has no score there
};

// How a period ended.
struct PastBoardQuery {
  BoardName name{};
  std::optional<WallTime> at{};  // an instant of the period; the last one that ended
  std::uint32_t limit = limits::kLeaderboardLimitMax;
};
struct PastEntry {
  std::uint64_t rank = 0;
  std::optional<UserId> user;  // nothing: they have been erased, or hide now
  std::int64_t score = 0;
};
struct PastBoard {
  WallTime opened_at{};
  WallTime closed_at{};
  std::uint64_t total = 0;  // everybody who was on it and did not hide
  std::vector<PastEntry> entries;
};

struct BoardPreferences {
  bool hidden = false;
};

// A board has been changed by what was committed.
struct BoardMoved {
  ChannelId board;
  std::uint64_t revision = 0;
};

struct BoardLook {
  std::vector<BoardMoved> boards;  // of those asked for, as they are now
  bool due = false;                // some board's period is over: roll()
};

class Boards {
 public:
  virtual ~Boards() = default;

  // Around me: `limit` entries, as many ahead of the reader as behind where there are; none where
  // they have no place. bad_request (field cursor): not one of ours. not_found: no such `board`.
  virtual void page(Actor reader, BoardQuery query, Callback<BoardPage> done) = 0;
  // The board's first, of revision `at_least` or of a snapshot that is later than the call. Read
  // once for all shards of the process that ask at a time. not_found.
  virtual void top(ChannelId board, std::uint64_t at_least, Callback<BoardTopPtr> done) = 0;
  // The first ones of a period that is over. not_found: none is, of that board, that anybody scored
  // in.
  virtual void past(PastBoardQuery query, Callback<PastBoard> done) = 0;
  virtual void look(std::vector<ChannelId> boards, WallTime now, Callback<BoardLook> done) = 0;

  // Ends the periods that are over, each once however many ask: how they ended is kept, and the
  // boards are empty. Some at a time; to be asked again while look() says `due`.
  virtual void roll(WallTime now, Callback<std::vector<BoardMoved>> done) = 0;
  // Takes the user off all boards, or puts them back where they were.
  virtual void hide(Actor user, bool hidden, Callback<std::vector<BoardMoved>> done) = 0;
  virtual void preferences(Actor user, Callback<BoardPreferences> done) = 0;
};

}  // namespace kith
