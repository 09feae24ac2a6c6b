// Seats and the line for them. An event with a capacity takes as many people as that, guests
// included. Who comes later waits, in the order of asking, and gets in by themselves when seats
// become free: strictly in that order, so that a large party at the front is not passed over for
// ever by small ones, and while somebody waits nobody who comes anew gets in.
//
// Who asked for what the event does not offer any more keeps their place, but is passed over and
// keeps nobody else out: more people than it holds now, or one without premium where it is for
// those now. While an event is sold for money nobody moves up: they asked for a free one.
//
// All of it inside a write job that holds the event's channel.
#pragma once

#include "storage/sql_event_access.h"

namespace kith {

// At most so many move up in one transaction; the rest by event_notices at once.
inline constexpr std::uint32_t kMovedUpAtOnce = 100;

struct Waiting {
  UserRef user;
  AttendeeRow row;
};
// Somebody waits who could come as the event is now: whoever comes anew stands behind them.
bool line_stands(SqlConnection& db, const EventRow& event);
// Whose turn it is, by what event.record says of seats.
std::vector<Waiting> next_in_line(SqlConnection& db, const EventRow& event);

// rsvp.updated of somebody, by what event.record says of seats.
DurableEvent log_rsvp(WriteContext& context, const EventRow& event, const Actor& who,
                      RsvpStatus status);
// What it earns who is confirmed, the first time. Their channel is taken up by the caller.
void see_rsvp(WriteContext& context, const Actor& who, const EventRow& event,
              std::vector<DurableEvent>& events);
// What event.record says of seats goes into the table.
void write_seats(SqlConnection& db, const EventRow& event);

// They are confirmed: rows, events, chat, and each is told. Channels are taken up by the caller.
void confirm_waiting(WriteContext& context, WallTime now, EventRow& event,
                     const std::vector<Waiting>& line, std::vector<DurableEvent>& events);

// All of it together, for whoever has changed the seats by other means.
void move_up(WriteContext& context, const Actor& actor, EventRow& event,
             std::vector<DurableEvent>& events);

}  // namespace kith
