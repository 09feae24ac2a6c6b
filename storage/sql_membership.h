// Who is in a chat: making one, bringing people in, and their going. Semantics as in Chats::create,
// add_participant and remove_participant (engine/ports/chats.h). Whoever comes in is told on their
// own channel, by notification.new of type "chat.joined", in the same transaction.
//
// Coming back reuses the row: what was read stays read, and a mute stays. Where several channels
// get events, they are numbered in the order of their keys (ARCHITECTURE 2.3); a new chat's key is
// the highest.
#pragma once

#include "engine/ports/chats.h"
#include "storage/sql_notices.h"
#include "storage/sql_session.h"

namespace kith {

// bad_request (field participant_ids): a direct chat with not exactly one other.
Result<CreatedChat> create_chat(WriteContext& context, const Actor& actor,
                                const CreateChat& create);

struct AddParticipant {
  ChatId chat;
  UserId user;
  ParticipantRole role = ParticipantRole::member;
};
Result<Committed> add_participant(WriteContext& context, const Actor& actor,
                                  const AddParticipant& add);
Result<Committed> remove_participant(WriteContext& context, const Actor& actor, const ChatId& chat,
                                     const UserId& user);

// --- shared by the two files of this header ---

// To be called before several channels get events: their numbers are taken up in the order of their
// keys (ARCHITECTURE 2.3), whatever order the events come in.
void touch_channels(WriteContext& context, std::vector<ChannelKey> channels);

struct Arrival {
  ChannelRef chat;
  UserRef user;
  ParticipantRole role = ParticipantRole::member;
};
// participant.join in the chat's log. The row is the caller's.
DurableEvent log_join(WriteContext& context, const Actor& actor, const Arrival& arrival);
// notification.new to the one who has come.
DurableEvent notify_joined(WriteContext& context, const Actor& actor, const Arrival& arrival);

}  // namespace kith
