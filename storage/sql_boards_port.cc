#include "storage/sql_boards_port.h"

#include "storage/board_windows.h"
#include "storage/sql_board_past.h"
#include "storage/sql_board_reads.h"
#include "storage/sql_board_runs.h"
#include "storage/sql_boards.h"

namespace kith {
namespace {

// Boards whose period ends at once are begun anew so many to a transaction: each is a dozen rows.
constexpr int kRolledAtOnce = 50;

}  // namespace

// A board whose period is over, and which nobody has begun anew yet, is, before it is shown: it
// alone, however many others are over, as after midnight. Those are roll()'s.
void SqlBoards::page(Actor reader, BoardQuery query, Callback<BoardPage> done) {
  worker_.read(
      StoreRead::boards,
      [reader, query](SqlConnection& db) { return read_board(db, reader, query); },
      [this, reader, query, done = std::move(done)](Result<BoardRead> read) mutable {
        if (!read) return done(read.error());
        if (!read->page.board && is_to_be_made(query)) {
          return make_boards(reader, std::move(query), std::move(read->page), std::move(done));
        }
        if (!read->over) return done(std::move(read->page));
        worker_.write(
            [board = *read->page.board, now = reader.now](WriteContext& context)
                -> Result<std::vector<BoardMoved>> { return roll_board(context, board, now); },
            [this, reader, query = std::move(query),
             done = std::move(done)](Result<std::vector<BoardMoved>> rolled) mutable {
              if (!rolled) return done(rolled.error());
              page(reader, std::move(query), std::move(done));
            });
      });
}

// Of what the profile lists there is a handful: anybody may follow those from the start. Cities,
// and the categories that are not listed, are as many as people like.
bool SqlBoards::is_to_be_made(const BoardQuery& query) const {
  return !query.board && fold_city(query.name.city).empty() &&
         rules_->category(query.name.category) != nullptr;
}

// Where they cannot be made, the page is as it would be without them.
void SqlBoards::make_boards(const Actor& reader, BoardQuery query, BoardPage empty,
                            Callback<BoardPage> done) {
  auto make = [category = query.name.category,
               now = reader.now](WriteContext& context) -> Result<std::vector<BoardMoved>> {
    context.db.lock_boards();
    std::vector<BoardMoved> moved;
    current_boards(context, category, {}, now, moved);
    return moved;
  };
  worker_.write(std::move(make),
                [this, reader, query = std::move(query), empty = std::move(empty),
                 done = std::move(done)](Result<std::vector<BoardMoved>> made) mutable {
                  if (!made) return done(std::move(empty));
                  worker_.read(
                      StoreRead::boards,
                      [reader, query = std::move(query)](SqlConnection& db) {
                        return read_board(db, reader, query);
                      },
                      [done = std::move(done)](Result<BoardRead> read) mutable {
                        if (!read) return done(read.error());
                        done(std::move(read->page));
                      });
                });
}

void SqlBoards::top(ChannelId board, std::uint64_t at_least, Callback<BoardTopPtr> done) {
  if (tops_.ask(board, at_least, shard_, std::move(done))) read_top(board);
}

void SqlBoards::read_top(const ChannelId& board) {
  worker_.read(
      StoreRead::boards, [board](SqlConnection& db) { return read_board_top(db, board); },
      [this, board](Result<BoardTopPtr> read) {
        if (tops_.finish(board, read)) read_top(board);
      });
}

void SqlBoards::past(PastBoardQuery query, Callback<PastBoard> done) {
  worker_.read(
      StoreRead::boards,
      [query = std::move(query)](SqlConnection& db) { return read_past_board(db, query); },
      std::move(done));
}

void SqlBoards::look(std::vector<ChannelId> boards, WallTime now, Callback<BoardLook> done) {
  worker_.read(
      StoreRead::boards,
      [boards = std::move(boards), now](SqlConnection& db) {
        return look_at_boards(db, boards, now);
      },
      std::move(done));
}

void SqlBoards::roll(WallTime now, Callback<std::vector<BoardMoved>> done) {
  worker_.write(
      [now](WriteContext& context) -> Result<std::vector<BoardMoved>> {
        return roll_boards(context, now, kRolledAtOnce);
      },
      std::move(done));
}

void SqlBoards::hide(Actor user, bool hidden, Callback<std::vector<BoardMoved>> done) {
  worker_.write_to(
      user.user,
      [key = user.key, hidden](WriteContext& context) -> Result<std::vector<BoardMoved>> {
        return hide_from_boards(context, key, hidden);
      },
      std::move(done));
}

void SqlBoards::preferences(Actor user, Callback<BoardPreferences> done) {
  worker_.read(
      StoreRead::boards,
      [key = user.key](SqlConnection& db) -> Result<BoardPreferences> {
        return BoardPreferences{
            .hidden = db.query("SELECT 1 FROM board_hides WHERE user_id = $1", key).next()};
      },
      std::move(done));
}

}  // namespace kith
