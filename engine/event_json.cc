#include "engine/event_json.h"

namespace kith {

namespace {

void write_place(JsonWriter& json, const std::optional<EventPlace>& place) {
  json.key("location");
  if (!place) {
    json.null();
    return;
  }
  json.begin_object().field("name", place->name);
  if (place->point) {
    json.key("latitude").number(place->point->latitude_e7 / kUnitsPerDegree);
    json.key("longitude").number(place->point->longitude_e7 / kUnitsPerDegree);
  }
  json.end_object();
}

std::string_view sale_status(const EventRecord& event, WallTime now) {
  if (event.status != EventStatus::published || event.fields.end_time <= now) return "closed";
  const auto& capacity = event.fields.capacity;
  const bool full = capacity && (event.seats_taken >= *capacity || event.waiting > 0);
  return full ? "sold_out" : "open";
}

void write_ticketing(JsonWriter& json, const EventRecord& event, WallTime now) {
  const Ticketing& ticketing = event.fields.ticketing;
  json.key("ticketing").begin_object().field("type", ticketing.paid ? "paid" : "free");
  if (ticketing.paid) {
    json.field("price_cents", ticketing.price_cents).field("currency", ticketing.currency);
  }
  json.field("status", sale_status(event, now)).end_object();
}

void write_attendees(JsonWriter& json, const EventRecord& event, bool preview) {
  json.key("attendees").begin_object();
  json.field("count", std::int64_t{event.seats_taken});
  if (preview) {
    json.key("preview").begin_array();
    for (const AttendeePreview& attendee : event.preview) write_attendee_preview(json, attendee);
    json.end_array();
  }
  json.end_object();
}

void write_readers_own(JsonWriter& json, const EventRecord& event) {
  json.key("my_rsvp");
  if (event.rsvp) {
    write_rsvp(json, *event.rsvp);
  } else {
    json.null();
  }
  json.field("organizes", event.organizes);
}

}  // namespace

void write_attendee_preview(JsonWriter& json, const AttendeePreview& attendee) {
  json.begin_object().field("user_id", attendee.user).field("display_name", attendee.display_name);
  json.key("avatar_url");
  if (attendee.avatar_url.empty()) {
    json.null();
  } else {
    json.string(attendee.avatar_url);
  }
  json.end_object();
}

void write_rsvp(JsonWriter& json, const RsvpRecord& rsvp) {
  json.begin_object().field("rsvp_id", rsvp.id).field("status", to_string(rsvp.status));
  json.field("guest_count", std::int64_t{rsvp.guest_count});
  json.key("calendar_sync").begin_object();
  json.field("google", to_string(rsvp.calendar.google));
  json.field("apple", to_string(rsvp.calendar.apple)).end_object().end_object();
}

void write_event(JsonWriter& json, const EventRecord& event, const EventView& view) {
  const EventFields& fields = event.fields;
  json.begin_object().field("id", event.id).field("title", fields.title);
  json.field("description", fields.description);
  json.field("start_time", fields.start_time).field("end_time", fields.end_time);
  write_place(json, fields.place);
  json.key("capacity");
  if (fields.capacity) {
    json.integer(*fields.capacity);
  } else {
    json.null();
  }
  write_attendees(json, event, view.preview);
  json.key("media").begin_array().end_array();
  write_ticketing(json, event, view.now);
  json.field("status", to_string(event.status));
  json.field("visibility", to_string(fields.visibility));
  json.field("premium_only", fields.premium_only).field("city", fields.city);
  json.key("tags").begin_array();
  for (const std::string& tag : fields.tags) json.string(tag);
  json.end_array().key("club_id");
  if (event.club) {
    json.id(*event.club);
  } else {
    json.null();
  }
  json.field("chat_id", event.chat).field("created_by", event.creator);
  json.field("waitlist_count", std::int64_t{event.waiting});
  json.field("version", event.version);
  json.field("created_at", event.created_at).field("updated_at", event.updated_at);
  if (view.readers) write_readers_own(json, event);
  json.end_object();
}

}  // namespace kith
