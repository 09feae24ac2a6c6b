// Events, their guests, and the calendar feed.
#include "gateway/openapi/operation.h"

namespace kith::api {

using enum HttpMethod;

namespace {

Schema location_schema() {
  return object({{"name", name_text(1, 200)}, {"latitude?", number()}, {"longitude?", number()}})
      .by_handler()
      .says("degrees: both or none");
}

Schema ticketing_schema() {
  return object({{"type", one_of({"paid", "free"})},
                 {"price_cents?", integer(1, 10'000'000).says("needed by paid")},
                 {"currency?", text(3, 3).says("needed by paid")}})
      .by_handler();
}

// `mark` is ? where all of them may be left out.
std::vector<Member> event_fields(const std::string& mark) {
  return {{"title" + mark, name_text(1, 200)},
          {"description?", text(0, 5000)},
          {"start_time" + mark, time()},
          {"end_time" + mark, time().says("within 31 days of start_time")},
          {"location?", location_schema()},
          {"city?", name_text(0, 100)},
          {"capacity?", integer(1, 100'000)},
          {"tags?", list(name_text(1, 64), 20)},
          {"premium_only?", boolean()},
          {"ticketing?", ticketing_schema()},
          {"visibility?", one_of({"public", "unlisted", "club"})}};
}

Schema new_event() {
  auto members = event_fields("");
  members.push_back({"club_id?", id(IdKind::club)});
  return object(std::move(members));
}

Schema event_change() {
  auto members = event_fields("?");
  members.push_back({"status?", one_of({"draft", "published", "cancelled"})});
  return object(std::move(members));
}

std::vector<Operation> guest_operations() {
  return {
      {.method = post,
       .pattern = "/events/{event_id}/rsvp",
       .id = "rsvp",
       .tag = "events",
       .summary = "Answers an invitation. 402: it has a price",
       .body = object({{"status", one_of({"going", "maybe", "declined"})},
                       {"guest_count?", integer(0, 20)},
                       {"payment_method_id?", text(1, 64)}}),
       .answers = {{200, ref("Rsvp")}},
       .refusals = {402, 403, 409}},
      {.method = get,
       .pattern = "/events/{event_id}/attendees",
       .id = "listAttendees",
       .tag = "events",
       .summary = "Who comes; the others are for organizers",
       .query = paged(50, 200,
                      {{.name = "status",
                        .schema = one_of({"confirmed", "maybe", "declined", "waitlisted"})}}),
       .answers = {{200, page(object({{"user", ref("Attendee")},
                                      {"rsvp_id", id(IdKind::rsvp)},
                                      {"status", text()},
                                      {"guest_count", integer()},
                                      {"checked_in_at", or_null(time())}}))}},
       .refusals = {403, 422}},
      {.method = post,
       .pattern = "/events/{event_id}/attendance",
       .id = "checkIn",
       .tag = "events",
       .summary = "Notes who was there; by organizers",
       .body = object({{"user_id", id(IdKind::user)}, {"attended?", boolean()}}),
       .answers = {{200,
                    object({{"user_id", id(IdKind::user)}, {"checked_in_at", or_null(time())}})}},
       .refusals = {403, 409}},
      {.method = post,
       .pattern = "/events/{event_id}/read",
       .id = "markEventRead",
       .tag = "events",
       .summary = "Moves one's position in the event's channel, only forward",
       .body = object({{"seq", integer(1, std::int64_t{1} << 53)}}),
       .answers = {{200, object({{"event_id", id(IdKind::event)},
                                 {"last_read_seq", integer()},
                                 {"moved", boolean()}})}}},
      {.method = post,
       .pattern = "/events/{event_id}/media",
       .id = "addEventMedia",
       .tag = "events",
       .summary = "501 until a store of media is configured",
       .body = object({{"type", one_of({"photo", "reel"})},
                       {"content_type", text(3, 100)},
                       {"file_name", text(1, 200)}}),
       .refusals = {403, 501}},
      {.method = post,
       .pattern = "/events/{event_id}/boost",
       .id = "boostEvent",
       .tag = "events",
       .summary = "501 until a payment provider is configured",
       .body = object({{"duration_hours", integer(1, 720)},
                       {"boost_type", one_of({"discover_feed", "search"})},
                       {"payment_method_id?", text(1, 64)}}),
       .refusals = {403, 501}},
  };
}

std::vector<Operation> calendar_operations() {
  return {
      {.method = post,
       .pattern = "/users/me/calendar",
       .id = "makeCalendar",
       .tag = "events",
       .summary = "A new secret address of one's calendar; the one before holds no more",
       .answers = {{201, object({{"path", text()}})}}},
      {.method = del,
       .pattern = "/users/me/calendar",
       .id = "dropCalendar",
       .tag = "events",
       .summary = "Ends the calendar's address",
       .answers = {{204}}},
      {.method = get,
       .pattern = "/calendar/{calendar}",
       .id = "getCalendar",
       .tag = "events",
       .summary = "What one has answered to, as iCalendar (RFC 5545)",
       .answers = {{200, {}, "text/calendar"}},
       .refusals = {404}},
  };
}

std::vector<Operation> event_lists() {
  return {
      {.method = get,
       .pattern = "/events",
       .id = "listEvents",
       .tag = "events",
       .summary = "What one may come to, by start_time: of a club, one's own, or on a map",
       .query = paged(50, 100,
                      {{.name = "club_id", .schema = id(IdKind::club)},
                       {.name = "mine", .schema = one_of({"organizing", "attending"})},
                       {.name = "bbox", .schema = text().says("west,south,east,north")},
                       {.name = "near", .schema = text().says("latitude,longitude")},
                       {.name = "radius_km", .schema = number().says("above 0, at most 500")},
                       {.name = "from", .schema = time()},
                       {.name = "until", .schema = time()}}),
       .answers = {{200, page(ref("Event"))}},
       .refusals = {404, 422}},
      {.method = get,
       .pattern = "/events/recommendations",
       .id = "recommendEvents",
       .tag = "events",
       .summary = "What one may like, best first",
       .query = paged(10, 50,
                      {{.name = "city", .schema = text(0, 400)},
                       {.name = "premium_only", .schema = boolean()},
                       {.name = "time_range",
                        .schema = text().says("today, week, month, or two times with a slash")}}),
       .answers = {{200, page(object({{"id", id(IdKind::event)},
                                      {"title", text()},
                                      {"start_time", time()},
                                      {"city", text()},
                                      {"score", number().says("0 to 1")},
                                      {"reason", text()}}))}},
       .refusals = {422}},
  };
}

}  // namespace

std::vector<Operation> event_operations() {
  std::vector<Operation> all = {
      {.method = post,
       .pattern = "/events",
       .id = "createEvent",
       .tag = "events",
       .summary = "Makes an event, as a draft",
       .body = new_event(),
       .answers = {{201, object({{"id", id(IdKind::event)},
                                 {"status", text()},
                                 {"chat_id", id(IdKind::chat)},
                                 {"created_at", time()}})}},
       .refusals = {403, 409},
       .with = kIdempotencyKey | kETag},
      {.method = get,
       .pattern = "/events/{event_id}",
       .id = "getEvent",
       .tag = "events",
       .summary = "An event",
       .answers = {{200, ref("Event")}},
       .with = kETag},
      {.method = patch,
       .pattern = "/events/{event_id}",
       .id = "updateEvent",
       .tag = "events",
       .summary = "Changes, publishes or cancels it; null takes location and capacity away",
       .body = event_change(),
       .answers = {{200, ref("Event")}},
       .refusals = {403, 409},
       .with = kIfMatch},
  };
  for (auto* const part : {&event_lists, &guest_operations, &calendar_operations}) {
    for (Operation& operation : part()) all.push_back(std::move(operation));
  }
  return all;
}

}  // namespace kith::api
