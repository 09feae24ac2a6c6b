// Answers to an event, and who of those who answered was there (engine/ports/events.h).
#pragma once

#include "storage/sql_event_access.h"

namespace kith {

Result<ChangedRsvp> set_rsvp(WriteContext& context, const Actor& actor, const SetRsvp& wanted);
// As declining, where an answer stands, whether or not they see the event any more; who waits moves
// up in a transaction of its own, at once. Channels of event and chat are taken up by the caller.
void withdraw_rsvp(WriteContext& context, const Actor& who, EventRow& event,
                   std::vector<DurableEvent>& events);
Result<CheckedIn> check_in(WriteContext& context, const Actor& actor, const CheckIn& check_in);
Result<AttendeeList> list_attendees(SqlConnection& db, const Actor& actor,
                                    const AttendeeQuery& query);
// The first who confirmed.
std::vector<AttendeePreview> preview_attendees(SqlConnection& db, ChannelKey event);

}  // namespace kith
