// The steps of an erasure (sql_erasure.h), each a bounded part of one transaction.
#pragma once

#include <vector>

#include "engine/ports/boards.h"
#include "engine/ports/chats.h"
#include "storage/sql_session.h"

namespace kith {

struct ErasureJob {
  WriteContext& context;
  const Actor& actor;     // the user, now
  std::int64_t position;  // where the step has come to; moved on by it
  std::vector<DurableEvent>& events;
  std::vector<BoardMoved>& boards;
};

// True: nothing of it is left.
bool leave_clubs(ErasureJob& job);
bool give_events_up(ErasureJob& job);
bool withdraw_rsvps(ErasureJob& job);
bool take_posts_away(ErasureJob& job);
bool take_broadcasts_away(ErasureJob& job);
bool leave_chats(ErasureJob& job);
bool take_reactions_away(ErasureJob& job);
bool delete_rows(ErasureJob& job);
bool empty_own_log(ErasureJob& job);

}  // namespace kith
