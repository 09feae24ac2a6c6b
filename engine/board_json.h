// Leaderboards as clients read them, on the socket and over HTTP alike.
#pragma once

#include <vector>

#include "engine/ports/boards.h"
#include "protocol/json_writer.h"

namespace kith {

// {"rank":1,"user_id":"usr_...","score":980}
inline void write_board_entry(JsonWriter& json, const BoardEntry& entry) {
  json.begin_object().field("rank", entry.rank).field("user_id", entry.user);
  json.field("score", entry.score).end_object();
}

inline void write_board_entries(JsonWriter& json, const std::vector<BoardEntry>& entries) {
  json.begin_array();
  for (const BoardEntry& entry : entries) write_board_entry(json, entry);
  json.end_array();
}

// The reader's own: null without a score there, its rank null while they hide.
inline void write_board_me(JsonWriter& json, const UserId& user, const std::optional<BoardMe>& me) {
  if (!me) {
    json.null();
    return;
  }
  json.begin_object().key("rank");
  if (me->rank) {
    json.integer(static_cast<std::int64_t>(*me->rank));
  } else {
    json.null();
  }
  json.field("user_id", user).field("score", me->score).end_object();
}

}  // namespace kith
