// What those who come are told, and when: a day and an hour before it begins, that it was moved,
// that it is cancelled; and whoever gets in from the waiting list, at once.
//
// What is to be told to many is a row of event_notices, found by its time on any node. Whoever
// holds the event's channel tells one page of people and notes how far that went, in one
// transaction: so everybody is told once, however many nodes look and wherever one of them stops.
#pragma once

#include "storage/sql_event_access.h"

namespace kith {

// Stored: numbers are for ever.
enum class EventNotice : std::uint8_t {
  day_before = 1,   // notification "event.reminder"
  hour_before = 2,  // the same
  cancelled = 3,    // "event.cancelled"
  moved = 4,        // "event.moved": in time or place
  line_moves = 5,   // nobody is told: more move up from the waiting list than one transaction takes
};

struct NoticePlan {
  const EventRow& before;
  const EventRow& after;
  bool moved = false;
};
// After a change of the event.
void plan_notices(SqlConnection& db, const NoticePlan& plan, WallTime now);
// The next transaction moves more people up.
void plan_line(SqlConnection& db, const EventRow& event, WallTime now);

// "rsvp.confirmed" {event_id, title, start_time, rsvp_id} into the user's own log, and
// "event.joined" with `status` besides. The channel is taken up by the caller.
DurableEvent tell_of_seat(WriteContext& context, const Actor& who, const EventRow& event,
                          const RsvpId& rsvp);
DurableEvent tell_of_answer(WriteContext& context, const Actor& who, const EventRow& event,
                            const AttendeeRow& answer);

struct DueNotice {
  EventId event;
  EventNotice kind = EventNotice::day_before;
};
// The one that is due first. Nothing: none is.
std::optional<DueNotice> find_due_notice(SqlConnection& db, WallTime now);
// One page of it; where another node was quicker, nothing.
Result<DueWork> run_due_notice(WriteContext& context, const DueNotice& due, WallTime now);

}  // namespace kith
