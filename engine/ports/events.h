// Events that people come to, and who comes. Every change is one transaction: the state, its
// durable events on the evt_ channel (event.updated, rsvp.updated), who comes into the event's chat
// and who leaves it, whom it notifies, and its audit entry where it is an organizer's.
//
// Who sees an event: a draft its organizers alone; a published one whoever its visibility lets in
// (also once it is cancelled). Organizers are, of a club's event, the club's owner and organizers;
// of any other, its creator.
//
// Thread and callbacks as in event_log.h; answers carry the events that were committed, for
// Engine::publish. Changes of one event run in the order of the calls.
//
// Errors: unavailable as in event_log.h; not_found where the event does not exist or the actor may
// not see it; forbidden where they see it but may not do this; others as noted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/callback.h"
#include "engine/ports/chats.h"
#include "protocol/ids.h"

namespace kith {

// Stored: numbers are for ever.
enum class EventStatus : std::uint8_t { draft = 0, published = 1, cancelled = 2 };
// everybody: public; link: whoever knows the id, in no list; club: its club's members.
enum class EventVisibility : std::uint8_t { everybody = 0, link = 1, club = 2 };
enum class RsvpStatus : std::uint8_t { confirmed = 0, maybe = 1, declined = 2, waitlisted = 3 };
enum class RsvpWish : std::uint8_t { going, maybe, declined };

std::string_view to_string(EventStatus status);          // "draft", ...
std::string_view to_string(EventVisibility visibility);  // "public", "unlisted", "club"
std::string_view to_string(RsvpStatus status);
std::optional<EventStatus> parse_event_status(std::string_view text);
std::optional<EventVisibility> parse_event_visibility(std::string_view text);
std::optional<RsvpStatus> parse_rsvp_status(std::string_view text);
std::optional<RsvpWish> parse_rsvp_wish(std::string_view text);

// WGS 84, in ten-millionths of a degree: about a centimetre.
inline constexpr double kUnitsPerDegree = 1e7;
struct GeoPoint {
  std::int32_t latitude_e7 = 0;   // -90 to 90 degrees
  std::int32_t longitude_e7 = 0;  // -180 to 180
  bool operator==(const GeoPoint&) const = default;
};
struct EventPlace {
  std::string name;
  std::optional<GeoPoint> point;
  bool operator==(const EventPlace&) const = default;
};
struct Ticketing {
  bool paid = false;
  std::int64_t price_cents = 0;
  std::string currency;  // ISO 4217; empty where it is free
};

// No event is longer.
inline constexpr std::chrono::hours kEventLengthMax{24 * 31};

// What organizers write.
struct EventFields {
  std::string title;
  std::string description;
  WallTime start_time{};
  WallTime end_time{};
  std::optional<EventPlace> place;
  std::string city;
  std::optional<std::uint32_t> capacity;  // people, guests included; nothing: no limit
  std::vector<std::string> tags;
  EventVisibility visibility = EventVisibility::everybody;
  bool premium_only = false;
  Ticketing ticketing;
};

struct AttendeePreview {
  UserId user;
  std::string display_name;
  std::string avatar_url;  // may be empty
};
// How far a calendar program has come with one's own answer (Events::calendar).
enum class CalendarSync : std::uint8_t { off, pending, synced };
std::string_view to_string(CalendarSync sync);
struct CalendarState {
  CalendarSync google = CalendarSync::off;
  CalendarSync apple = CalendarSync::off;
};
struct RsvpRecord {
  RsvpId id;
  RsvpStatus status = RsvpStatus::declined;
  std::uint32_t guest_count = 0;
  CalendarState calendar;
};

struct EventRecord {
  EventId id;
  EventFields fields;
  EventStatus status = EventStatus::draft;
  UserId creator;
  std::optional<ClubId> club;
  ChatId chat;
  std::uint64_t version = 1;  // of what organizers write: the ETag, iCalendar's SEQUENCE
  WallTime created_at{};
  WallTime updated_at{};
  std::uint32_t seats_taken = 0;         // people who are confirmed, their guests included
  std::uint32_t waiting = 0;             // people on the waiting list, their guests included
  std::vector<AttendeePreview> preview;  // of get(): the first kAttendeePreviewMax who confirmed
  // The reader's own.
  std::optional<RsvpRecord> rsvp;
  bool organizes = false;
};
inline constexpr std::uint32_t kAttendeePreviewMax = 5;

struct CreateEvent {
  EventId id;  // proposed, as is the chat's
  ChatId chat;
  std::optional<ClubId> club;
  EventFields fields;  // but for its visibility:
  std::optional<EventVisibility>
      visibility;  // nothing: club where the club is private, else public
  std::optional<Idempotency> idempotency;
};

// What is set changes. An inner nothing takes the field's value away.
struct UpdateEvent {
  EventId id;
  std::optional<std::uint64_t> expected_version;
  std::optional<EventStatus> status;
  std::optional<std::string> title;
  std::optional<std::string> description;
  std::optional<WallTime> start_time;
  std::optional<WallTime> end_time;
  std::optional<std::optional<EventPlace>> place;
  std::optional<std::string> city;
  std::optional<std::optional<std::uint32_t>> capacity;
  std::optional<std::vector<std::string>> tags;
  std::optional<EventVisibility> visibility;
  std::optional<bool> premium_only;
  std::optional<Ticketing> ticketing;
};
// Error::field of the conflict where expected_version is not the one that stands.
inline constexpr std::string_view kVersionField = "if-match";

struct ChangedEvent {
  EventRecord event;  // as the actor sees it, without preview
  std::vector<DurableEvent> events;
};

struct GeoBox {  // west > east: over the 180th meridian
  GeoPoint south_west;
  GeoPoint north_east;
};
struct GeoCircle {
  GeoPoint centre;
  double radius_km = 0;
};
struct EventQuery {
  // everybody: what is published, public or of the reader's clubs, and not cancelled. club: the
  // club's, as far as the reader sees them. organizing, attending: the reader's own, of any status.
  enum class Of : std::uint8_t { everybody, club, organizing, attending };
  Of of = Of::everybody;
  std::optional<ClubId> club;
  std::optional<GeoBox> box;
  std::optional<GeoCircle> circle;
  std::optional<WallTime> from;   // what ends later; nothing: later than now
  std::optional<WallTime> until;  // what starts earlier
  std::optional<std::string> cursor;
  std::uint32_t limit = 50;
};
struct EventList {
  std::vector<EventRecord> events;  // by start_time, without preview
  std::optional<std::string> next_cursor;
};

struct RecommendationQuery {
  std::optional<std::string> city;  // nothing: the reader's; where that is empty, everywhere
  std::optional<WallTime> from;     // nothing: now
  std::optional<WallTime> until;
  bool premium_only = false;
  std::optional<std::string> cursor;
  std::uint32_t limit = 10;
};
struct RecommendedEvent {
  EventRecord event;
  int score_percent = 0;  // 0 to 100
  std::string_view reason;
};
struct RecommendationList {
  std::vector<RecommendedEvent> events;  // best first
  std::optional<std::string> next_cursor;
};

struct SetRsvp {
  EventId event;
  RsvpId id;  // proposed, for a first answer
  RsvpWish wish = RsvpWish::going;
  std::uint32_t guest_count = 0;
};
struct ChangedRsvp {
  RsvpRecord rsvp;
  std::vector<DurableEvent> events;  // none: it was so already
};

struct Attendee {
  AttendeePreview user;
  RsvpRecord rsvp;  // without calendar
  std::optional<WallTime> checked_in_at;
};
struct AttendeeQuery {
  EventId event;
  RsvpStatus status = RsvpStatus::confirmed;
  std::optional<std::string> cursor;
  std::uint32_t limit = 50;
};
struct AttendeeList {
  std::vector<Attendee> attendees;  // the waiting list in its order, others by who they are
  std::optional<std::string> next_cursor;
};
struct CheckIn {
  EventId event;
  UserId user;
  bool attended = true;  // false: takes it back
};
struct CheckedIn {
  std::optional<WallTime> at;
  std::vector<DurableEvent> events;  // of what it earned them
};

using CalendarHash = std::array<std::uint8_t, 32>;  // SHA-256 of the URL's secret
enum class CalendarClient : std::uint8_t { other, google, apple };
struct CalendarEntry {
  EventRecord event;  // with the owner's rsvp
};
struct CalendarFeed {
  std::string display_name;
  std::vector<CalendarEntry> entries;  // by start_time
};

struct DueWork {
  std::vector<DurableEvent> events;
  bool more = false;  // there was something to do: look again at once
};

class Events {
 public:
  virtual ~Events() = default;

  // A draft, with its chat, which the actor owns. not_found (field club_id): no such club, or not
  // seen. forbidden: not of its organizers. An Idempotency-Key answers what it made before.
  virtual void create(Actor actor, CreateEvent create, Callback<ChangedEvent> done) = 0;
  // By organizers. conflict: field kVersionField (another version stands), status (this one does
  // not lead there), visibility (it is published), capacity (below those confirmed), end_time
  // (publishing what is over), or the event is cancelled. bad_request: end_time, not behind start.
  virtual void update(Actor actor, UpdateEvent update, Callback<ChangedEvent> done) = 0;
  virtual void get(Actor actor, EventId event, Callback<EventRecord> done) = 0;
  // bad_request (field cursor): not one of ours. not_found (field club_id).
  virtual void list(Actor actor, EventQuery query, Callback<EventList> done) = 0;
  // bad_request (field cursor). How they are scored stands in storage/sql_event_scores.h.
  virtual void recommend(Actor actor, RecommendationQuery query,
                         Callback<RecommendationList> done) = 0;

  // What the user comes to, may come to or waits for, and what they made, as far as it is published
  // and not over: what begins first comes first.
  virtual void followable(UserKey user, WallTime now, std::uint32_t limit,
                          Callback<std::vector<EventId>> done) = 0;

  // Into one's log, with the first answer but `declined`: notification "event.joined"
  // {event_id, rsvp_id, status}; with a seat that became free: "rsvp.confirmed".
  // conflict: not published, over, or more guests of one who is confirmed than there are seats.
  // payment_required: a paid event. forbidden: premium members alone.
  virtual void rsvp(Actor actor, SetRsvp rsvp, Callback<ChangedRsvp> done) = 0;
  // Who is confirmed is seen by whoever sees the event; the rest by organizers. bad_request (field
  // cursor).
  virtual void attendees(Actor actor, AttendeeQuery query, Callback<AttendeeList> done) = 0;
  // By organizers. not_found (field user_id): not confirmed.
  virtual void check_in(Actor actor, CheckIn check_in, Callback<CheckedIn> done) = 0;

  // The actor's calendar is at the URL with this secret from now on, and at no other; nothing: at
  // none.
  virtual void set_calendar(Actor actor, std::optional<CalendarHash> secret,
                            Callback<Nothing> done) = 0;
  // not_found. Remembers when which program was here: CalendarSync.
  virtual void calendar(CalendarHash secret, CalendarClient client, WallTime now,
                        Callback<CalendarFeed> done) = 0;

  // Reminders and the like that are due: one page of one of them, once, however many nodes ask.
  virtual void run_due(WallTime now, Callback<DueWork> done) = 0;
};

}  // namespace kith
