// Who is in an event's chat: whoever is confirmed, and its owner. Whom the chat has banned stays
// out of it while the ban lasts, whatever they answer. Channels are taken up by the caller
// (touch_channels: the chat's, and the user's own for enter_chat).
#pragma once

#include "storage/sql_event_access.h"

namespace kith {

// participant.join and the user's chat.joined, appended to `events`; nothing where they are in it.
void enter_chat(WriteContext& context, const EventRow& event, const Actor& who,
                std::vector<DurableEvent>& events);
void leave_chat(WriteContext& context, const EventRow& event, const Actor& who,
                std::vector<DurableEvent>& events);

}  // namespace kith
