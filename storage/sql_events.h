// Making and changing events (engine/ports/events.h). Write jobs (sql_session.h).
//
// The event's channel is held before anything is read of it: it is the gate through which all
// changes of one event go, answers included. Other channels (the chat's, users') come behind it, in
// the order of their keys.
#pragma once

#include "storage/sql_event_access.h"

namespace kith {

Result<ChangedEvent> create_event(WriteContext& context, const Actor& actor,
                                  const CreateEvent& create);
Result<ChangedEvent> update_event(WriteContext& context, const Actor& actor,
                                  const UpdateEvent& update);

// --- shared by the files that change events ---

// event.updated, as everybody sees the event.
DurableEvent log_event_updated(WriteContext& context, const Actor& actor, const EventRow& event);

// Anything but the fields that organizers write.
bool is_over(const EventRecord& event, WallTime now);

}  // namespace kith
