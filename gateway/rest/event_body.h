// What organizers write of an event, as a body has it: the same rules for making and for changing
// one. Lengths in characters. Title, tags, city and the place's name are names
// (gateway/name_text.h).
//
//   title          1 to 200                                  tags         at most 20, of 1 to 64
//   description    at most 5,000                             city         at most 100
//   start_time, end_time   RFC 3339; the end later, by 31 days at the most
//   location       {"name": 1 to 200, "latitude"?, "longitude"?}: both or none, in degrees; or null
//   capacity       1 to 100,000, or null: no limit
//   visibility     public, unlisted or club                  premium_only a boolean
//   ticketing      {"type": "free"} or {"type": "paid", "price_cents": 1 to 10,000,000,
//                  "currency": three capital letters}
//   status         published, cancelled or draft (where one is changed)
#pragma once

#include "engine/ports/events.h"
#include "gateway/http_router.h"
#include "gateway/rest/json_body.h"

namespace kith {

// Without ids; `club_id` and `visibility` as they stand.
Checked<CreateEvent> read_new_event(const RequestContext& context);
// With If-Match.
Checked<UpdateEvent> read_event_update(const RequestContext& context, const EventId& event);

// Of an event as it stands: "v7".
std::string etag_of(const EventRecord& event);

}  // namespace kith
