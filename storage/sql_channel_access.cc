#include "storage/sql_channel_access.h"

#include "storage/sql_club_access.h"
#include "storage/sql_event_access.h"

namespace kith {
namespace {

// A ban that has lapsed does not bring membership back.
std::optional<ChannelReader> find_participant_of(SqlConnection& db, ChannelKey chat, UserKey user) {
  auto rows = db.query(
      "SELECT role, muted_until, mute_under_block FROM chat_participants"
      " WHERE chat_id = $1 AND user_id = $2 AND status = 0",
      chat, user);
  if (!rows.next()) return std::nullopt;
  return ChannelReader{.role = static_cast<ParticipantRole>(rows.integer(0)),
                       .muted_until = rows.maybe_time(1),
                       .blocked = !rows.is_null(2)};
}

std::optional<ChannelReader> reader_if(bool may) {
  return may ? std::optional(ChannelReader{}) : std::nullopt;
}

}  // namespace

std::optional<ChannelReader> find_channel_reader(SqlConnection& db, const ChannelId& channel,
                                                 ChannelKey key, UserKey user) {
  switch (channel.kind) {
    case IdKind::user:
      return reader_if(static_cast<std::int64_t>(key) == static_cast<std::int64_t>(user));
    case IdKind::chat:
      return find_participant_of(db, key, user);
    case IdKind::club:
      return reader_if(is_club_member(db, key, user));
    case IdKind::event:
      return reader_if(sees_event(db, key, user));
    case IdKind::board:
      return ChannelReader{};
    default:
      return std::nullopt;
  }
}

}  // namespace kith
