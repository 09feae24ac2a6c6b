// Chats as their participants see them: one (Chats::get), all of mine (list, followable).
//
// Two figures are bounded in cost: unread_count looks at the newest kUnreadCountMax messages
// behind the mark alone, so it never says more than that; and a list gives read_count and
// delivered_count of its previews only where a chat has at most kReceiptsParticipantsMax
// participants (else 0).
//
// A list's order is that of the last event of any kind, newest first; a chat without events comes
// last, by its creation. Its cursor is a place in that order, signed for its user.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/ports/chats.h"
#include "storage/sql_connection.h"

namespace kith {

Result<ChatRecord> read_chat(SqlConnection& db, UserKey reader, const ChatId& chat);
Result<ChatList> list_chats(SqlConnection& db, const Actor& actor,
                            const std::optional<std::string>& cursor, std::uint32_t limit);
std::vector<ChatId> list_followable(SqlConnection& db, UserKey user, std::uint32_t limit);

}  // namespace kith
