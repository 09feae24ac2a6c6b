// Moderation inside a chat, by its moderators and owners: hide and restore messages; mute, unmute,
// ban and unban people. Semantics as in Chats::moderate (engine/ports/chats.h):
//
// - Nobody moderates one whose role is not below theirs, nor themselves; their own messages they
//   may hide. Whoever is not in the chat counts as a member.
// - Whoever hid their own message shows it again; of a message that another hid that takes one who
//   stands above its sender, of what was hidden for the server nobody in the chat (forbidden).
// - What is so already (hidden, muted until that very time, ...) changes nothing: no event.
// - A mute outlasts leaving and coming back. A ban ends membership and role at once; past its time
//   it only stops standing in the way of a new invitation, and unban does the same earlier.
// - not_found: a message that is not in the chat, a user whom the chat has never seen (any existing
//   user may be banned beforehand). conflict: hide or restore of a deleted message.
#pragma once

#include "engine/ports/chats.h"
#include "storage/sql_session.h"

namespace kith {

Result<Committed> moderate(WriteContext& context, const Actor& actor, const Moderate& request);

// In the name of the server, above every role in the chat: by one of its own moderators, who need
// not be in the chat, or by nobody (the event then has no moderator_id). A ban from a club's chat
// is one from the club; conflict: of its owner. Otherwise as moderate().
Result<Committed> moderate_for_server(WriteContext& context, const std::optional<UserRef>& by,
                                      WallTime now, const Moderate& request);

}  // namespace kith
