#include "storage/sql_event_access.h"

#include "engine/event_json.h"
#include "storage/sql_club_access.h"
#include "storage/sql_json_texts.h"

namespace kith {
namespace {

// In KITH_EVENT_COLUMNS.
enum Column {
  kId,
  kPublicId,
  kCreator,
  kCreatorId,
  kClub,
  kClubId,
  kChat,
  kChatId,
  kStatus,
  kVisibility,
  kVersion,
  kTitle,
  kDescription,
  kStart,
  kEnd,
  kPlace,
  kLatitude,
  kLongitude,
  kCity,
  kCapacity,
  kSeats,
  kWaiting,
  kPremium,
  kPaid,
  kPrice,
  kCurrency,
  kTags,
  kPublished,
  kCreated,
  kUpdated
};
static_assert(kUpdated + 1 == kEventColumns);

std::optional<EventPlace> read_place(const SqlCursor& row) {
  if (row.is_null(kPlace)) return std::nullopt;
  EventPlace place{.name = std::string(row.text(kPlace)), .point = std::nullopt};
  if (!row.is_null(kLatitude)) {
    place.point = GeoPoint{.latitude_e7 = static_cast<std::int32_t>(row.integer(kLatitude)),
                           .longitude_e7 = static_cast<std::int32_t>(row.integer(kLongitude))};
  }
  return place;
}

EventFields read_fields(const SqlCursor& row) {
  EventFields fields;
  fields.title = row.text(kTitle);
  fields.description = row.text(kDescription);
  fields.start_time = row.time(kStart);
  fields.end_time = row.time(kEnd);
  fields.place = read_place(row);
  fields.city = row.text(kCity);
  if (const auto capacity = row.maybe_integer(kCapacity)) {
    fields.capacity = static_cast<std::uint32_t>(*capacity);
  }
  fields.tags = texts_of_json(row.text(kTags));
  fields.visibility = static_cast<EventVisibility>(row.integer(kVisibility));
  fields.premium_only = row.integer(kPremium) != 0;
  fields.ticketing = {.paid = row.integer(kPaid) != 0,
                      .price_cents = row.integer(kPrice),
                      .currency = std::string(row.text(kCurrency))};
  return fields;
}

CalendarSync sync_of(const std::optional<WallTime>& read_at, WallTime answered_at) {
  return read_at && *read_at >= answered_at ? CalendarSync::synced : CalendarSync::pending;
}

Error no_such_event() {
  return fail(ErrorCode::not_found, "no such event");
}

}  // namespace

EventRow read_event_columns(const SqlCursor& row) {
  EventRow out;
  EventRecord& record = out.record;
  record.id = EventId{row.uuid(kPublicId)};
  record.creator = UserId{row.uuid(kCreatorId)};
  record.chat = ChatId{row.uuid(kChatId)};
  out.channel = {.key = ChannelKey{row.integer(kId)}, .id = record.id};
  out.chat = {.key = ChannelKey{row.integer(kChat)}, .id = record.chat};
  out.creator = {.key = UserKey{row.integer(kCreator)}, .id = record.creator};
  if (!row.is_null(kClub)) {
    out.club = ChannelKey{row.integer(kClub)};
    record.club = ClubId{row.uuid(kClubId)};
  }
  out.was_published = !row.is_null(kPublished);
  record.fields = read_fields(row);
  record.status = static_cast<EventStatus>(row.integer(kStatus));
  record.version = static_cast<std::uint64_t>(row.integer(kVersion));
  record.seats_taken = static_cast<std::uint32_t>(row.integer(kSeats));
  record.waiting = static_cast<std::uint32_t>(row.integer(kWaiting));
  record.created_at = row.time(kCreated);
  record.updated_at = row.time(kUpdated);
  return out;
}

std::optional<EventRow> find_event(SqlConnection& db, const EventId& event) {
  auto row = db.query("SELECT " KITH_EVENT_COLUMNS KITH_EVENT_TABLES
                      "WHERE c.public_id = $1 AND c.kind = $2",
                      event, static_cast<int>(IdKind::event));
  if (!row.next()) return std::nullopt;
  return read_event_columns(row);
}

bool runs_events(const Membership& membership) {
  return membership.approved() && membership.role >= ClubRole::organizer;
}

std::optional<EventStanding> standing_of(SqlConnection& db, EventRow row, UserKey user) {
  const Membership club = row.club ? find_membership(db, *row.club, user) : Membership{};
  const bool organizes = row.club ? runs_events(club) : row.creator.key == user;
  const bool for_members = row.record.fields.visibility == EventVisibility::club;
  const bool let_in = row.was_published && (!for_members || club.approved());
  if (!organizes && !let_in) return std::nullopt;
  return EventStanding{.row = std::move(row), .organizes = organizes};
}

Result<EventStanding> require_event(SqlConnection& db, const EventId& event, UserKey user) {
  auto row = find_event(db, event);
  auto standing = row ? standing_of(db, *std::move(row), user) : std::nullopt;
  if (!standing) return no_such_event();
  return *std::move(standing);
}

Result<EventStanding> require_organizer(SqlConnection& db, const EventId& event, UserKey user) {
  auto standing = require_event(db, event, user);
  if (standing && !standing->organizes) {
    return fail(ErrorCode::forbidden, "only the event's organizers may do this");
  }
  return standing;
}

bool sees_event(SqlConnection& db, ChannelKey event, UserKey user) {
  auto row = db.query("SELECT visibility, club_id, published_at FROM events WHERE id = $1", event);
  if (!row.next() || row.is_null(2)) return false;
  if (static_cast<EventVisibility>(row.integer(0)) != EventVisibility::club) return true;
  return is_club_member(db, ChannelKey{row.integer(1)}, user);
}

std::optional<ShownEvent> shown_event(SqlConnection& db, ChannelKey event, const Actor& reader) {
  std::optional<EventRow> found;
  {
    auto row = db.query("SELECT " KITH_EVENT_COLUMNS KITH_EVENT_TABLES "WHERE e.id = $1", event);
    if (row.next()) found = read_event_columns(row);
  }
  const auto standing = found ? standing_of(db, *std::move(found), reader.key) : std::nullopt;
  if (!standing) return std::nullopt;
  const EventRecord& record = standing->row.record;
  ShownEvent out{.id = record.id,
                 .visibility = record.fields.visibility,
                 .created_at = record.created_at,
                 .json = {}};
  JsonWriter json(out.json);
  write_event(json, record, {.now = reader.now, .preview = false, .readers = false});
  return out;
}

std::string event_card(const ShownEvent& shown) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("id", shown.id).field("type", "event").key("event").raw(shown.json);
  json.field("created_at", shown.created_at).end_object();
  return out;
}

bool is_event_of_club(SqlConnection& db, ChannelKey event, ChannelKey club) {
  return db.query("SELECT 1 FROM events WHERE id = $1 AND club_id = $2", event, club).next();
}

std::uint32_t count_guests(SqlConnection& db, ChannelKey event) {
  auto row = db.query("SELECT COUNT(*) FROM event_attendees WHERE event_id = $1 AND status <= $2",
                      event, static_cast<int>(RsvpStatus::maybe));
  return row.next() ? static_cast<std::uint32_t>(row.integer(0)) : 0;
}

// Whoever stays a member sees what a member sees; nobody follows a draft.
std::vector<ChannelRef> event_channels_lost(SqlConnection& db, const ClubDeparture& departure) {
  std::vector<ChannelRef> out;
  if (departure.stays_member) return out;
  auto rows = db.query(
      "SELECT e.id, c.public_id FROM events e JOIN channels c ON c.id = e.id "
      "WHERE e.club_id = $1 AND e.visibility = $2 AND e.published_at IS NOT NULL ORDER BY e.id",
      departure.club, static_cast<int>(EventVisibility::club));
  while (rows.next()) {
    out.push_back({.key = ChannelKey{rows.integer(0)}, .id = EventId{rows.uuid(1)}});
  }
  return out;
}

std::vector<EventRow> answered_events_lost(SqlConnection& db, const ClubDeparture& departure,
                                           WallTime now) {
  std::vector<EventRow> out;
  auto rows = db.query("SELECT " KITH_EVENT_COLUMNS KITH_EVENT_TABLES
                       "JOIN event_attendees x ON x.event_id = e.id AND x.user_id = $1 "
                       "WHERE e.club_id = $2 AND ($3 = 1 OR e.visibility = $4) "
                       "AND x.status <> $5 AND e.end_time > $6 ORDER BY e.id",
                       departure.user.key, departure.club, departure.banned ? 1 : 0,
                       static_cast<int>(EventVisibility::club),
                       static_cast<int>(RsvpStatus::declined), now);
  while (rows.next()) out.push_back(read_event_columns(rows));
  return out;
}

std::optional<AttendeeRow> find_attendee(SqlConnection& db, ChannelKey event, UserKey user) {
  auto row = db.query(
      "SELECT public_id, status, guest_count, place, updated_at FROM event_attendees "
      "WHERE event_id = $1 AND user_id = $2",
      event, user);
  if (!row.next()) return std::nullopt;
  return AttendeeRow{.id = RsvpId{row.uuid(0)},
                     .status = static_cast<RsvpStatus>(row.integer(1)),
                     .guest_count = static_cast<std::uint32_t>(row.integer(2)),
                     .place = static_cast<Seq>(row.integer(3)),
                     .updated_at = row.time(4)};
}

RsvpRecord rsvp_record(SqlConnection& db, const AttendeeRow& row, UserKey user) {
  RsvpRecord out{
      .id = row.id, .status = row.status, .guest_count = row.guest_count, .calendar = {}};
  auto calendar =
      db.query("SELECT google_read_at, apple_read_at FROM calendars WHERE user_id = $1", user);
  if (calendar.next()) {
    out.calendar.google = sync_of(calendar.maybe_time(0), row.updated_at);
    out.calendar.apple = sync_of(calendar.maybe_time(1), row.updated_at);
  }
  return out;
}

EventRecord present_event(SqlConnection& db, const EventStanding& standing, UserKey user) {
  EventRecord out = standing.row.record;
  out.organizes = standing.organizes;
  if (const auto own = find_attendee(db, standing.row.channel.key, user)) {
    out.rsvp = rsvp_record(db, *own, user);
  }
  return out;
}

}  // namespace kith
