// Which event is meant, and what somebody may do with it: what every operation on an event asks
// first, and what the event's channel is read by.
//
// All of it reads the connection's present snapshot or transaction. Errors: not_found, told alike
// where there is no such event and where the user may not see it; see sql_connection.h for
// failures.
#pragma once

#include <optional>
#include <vector>

#include "engine/ports/events.h"
#include "storage/sql_club_access.h"
#include "storage/sql_connection.h"
#include "storage/sql_session.h"

namespace kith {

struct EventRow {
  ChannelRef channel;
  ChannelRef chat;
  UserRef creator;
  std::optional<ChannelKey> club;
  bool was_published = false;
  EventRecord record;  // without preview and what is a reader's own
};

// The columns of an EventRow, for queries that have KITH_EVENT_TABLES; read_event_columns() reads
// them where they stand first.
#define KITH_EVENT_COLUMNS                                                               \
  "e.id, c.public_id, e.creator_id, u.public_id, e.club_id, k.public_id, e.chat_id, "    \
  "h.public_id, e.status, e.visibility, e.version, e.title, e.description, "             \
  "e.start_time, e.end_time, e.place_name, e.latitude_e7, e.longitude_e7, e.city, "      \
  "e.capacity, e.seats_taken, e.waiting, e.premium_only, e.ticket_paid, e.price_cents, " \
  "e.currency, e.tags, e.published_at, e.created_at, e.updated_at"
#define KITH_EVENT_TABLES                                                                 \
  " FROM events e JOIN channels c ON c.id = e.id JOIN channels u ON u.id = e.creator_id " \
  "JOIN channels h ON h.id = e.chat_id LEFT JOIN channels k ON k.id = e.club_id "
inline constexpr int kEventColumns = 30;
EventRow read_event_columns(const SqlCursor& row);

struct EventStanding {
  EventRow row;
  bool organizes = false;
};
// Nothing: there is none with this id.
std::optional<EventRow> find_event(SqlConnection& db, const EventId& event);
// Nothing: the user does not see it.
std::optional<EventStanding> standing_of(SqlConnection& db, EventRow row, UserKey user);
Result<EventStanding> require_event(SqlConnection& db, const EventId& event, UserKey user);
// forbidden: sees it, and does not organize it.
Result<EventStanding> require_organizer(SqlConnection& db, const EventId& event, UserKey user);

// May this user follow the event's channel, whose key this is? Nobody follows a draft's. Of what
// was published the visibility stands, so that the right ends with membership of the club alone.
bool sees_event(SqlConnection& db, ChannelKey event, UserKey user);

// The event as feeds show it.
struct ShownEvent {
  EventId id;
  EventVisibility visibility = EventVisibility::everybody;
  WallTime created_at{};
  std::string json;  // without what is a reader's own
};
// Nothing: the reader does not see it.
std::optional<ShownEvent> shown_event(SqlConnection& db, ChannelKey event, const Actor& reader);
// As a club's feed shows it, {"id", "type": "event", "event": {...}, "created_at"}.
std::string event_card(const ShownEvent& shown);
bool is_event_of_club(SqlConnection& db, ChannelKey event, ChannelKey club);
// How many users a broadcast to the event's guests is for: those who come or may.
std::uint32_t count_guests(SqlConnection& db, ChannelKey event);

// Who goes from a club, or is no organizer of it any more, in this transaction.
struct ClubDeparture {
  ChannelKey club{};
  UserRef user;
  bool stays_member = false;
  bool banned = false;
};
// Channels of events that the user sees by what they are in the club alone, in the order of their
// keys: to be numbered together with the club's own, and each gets an event_leave of the user.
std::vector<ChannelRef> event_channels_lost(SqlConnection& db, const ClubDeparture& departure);

// Events to come that the user has answered to and comes to no more: those for the club's members
// alone; of who is banned, all of the club's.
std::vector<EventRow> answered_events_lost(SqlConnection& db, const ClubDeparture& departure,
                                           WallTime now);

// Of a club: its owner and organizers.
bool runs_events(const Membership& membership);

// Somebody's answer, as it is stored.
struct AttendeeRow {
  RsvpId id;
  RsvpStatus status = RsvpStatus::declined;
  std::uint32_t guest_count = 0;
  Seq place = 0;
  WallTime updated_at{};

  std::uint32_t seats() const { return 1 + guest_count; }
};
std::optional<AttendeeRow> find_attendee(SqlConnection& db, ChannelKey event, UserKey user);

// With how far the user's calendar programs have come.
RsvpRecord rsvp_record(SqlConnection& db, const AttendeeRow& row, UserKey user);
// The event as the user sees it.
EventRecord present_event(SqlConnection& db, const EventStanding& standing, UserKey user);

}  // namespace kith
