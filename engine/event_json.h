// An event as JSON: the same object over HTTP (GET /events/{id}, lists) and in event.updated, where
// what is one reader's own is left out.
//
//   {"id", "title", "description", "start_time", "end_time", "location": {"name", "latitude",
//    "longitude"} or null, "capacity": null without a limit, "attendees": {"count", "preview"},
//    "media": [], "ticketing": {"type", "price_cents", "currency", "status"}, "status",
//    "visibility", "premium_only", "city", "tags", "club_id", "chat_id", "created_by",
//    "waitlist_count", "version", "created_at", "updated_at"}
//   and of the reader's own: "my_rsvp" (null before the first answer), "organizes"
//
// Counts are of people, guests included. `ticketing.status`: "open" while one may answer;
// "sold_out" where that leads to the waiting list; "closed" before it is published, once it is
// cancelled, and when it is over. `preview` stands where one event is asked for.
#pragma once

#include "engine/ports/events.h"
#include "protocol/json_writer.h"

namespace kith {

struct EventView {
  WallTime now{};
  bool preview = false;
  bool readers = true;  // with what is the reader's own
};
void write_event(JsonWriter& json, const EventRecord& event, const EventView& view);
// {"rsvp_id", "status", "guest_count", "calendar_sync": {"google", "apple"}}
void write_rsvp(JsonWriter& json, const RsvpRecord& rsvp);
// {"user_id", "display_name", "avatar_url"}
void write_attendee_preview(JsonWriter& json, const AttendeePreview& attendee);

}  // namespace kith
