#include "storage/sql_event_lists.h"

#include <algorithm>
#include <limits>

#include "storage/sql_event_cursor.h"
#include "storage/sql_geo.h"
#include "storage/sql_rsvps.h"

namespace kith {
namespace {

// Rows of one list that are looked at for one page: what lies outside of a circle, or is not seen
// any more, counts. Then the page is short, and its cursor goes on from there.
constexpr std::size_t kLookedAtMax = 2'000;
constexpr std::uint32_t kEventsAtOnce = 200;

constexpr WallTime kNever{std::chrono::milliseconds{std::numeric_limits<std::int64_t>::max()}};

struct Place {  // in the order of a list
  std::int64_t start = std::numeric_limits<std::int64_t>::min();
  std::int64_t event = 0;
};

#define KITH_EVENT_WINDOW                                              \
  " AND e.start_time >= $3 AND e.end_time > $4 AND e.start_time < $5 " \
  "AND (e.start_time > $6 OR (e.start_time = $6 AND e.id > $7)) "
#define KITH_EVENT_ORDER "ORDER BY e.start_time, e.id LIMIT "

class Lister {
 public:
  Lister(SqlConnection& db, const Actor& reader, const EventQuery& query)
      : db_(db), reader_(reader), query_(query) {
    window_ = window_of(query.from, query.until, reader.now);
    if (query.circle) box_ = box_around(*query.circle);
    if (query.box) box_ = *query.box;
  }

  Result<EventList> run();

 private:
  std::vector<EventRow> next_rows() const;
  std::vector<EventRow> listed_rows() const;
  std::vector<EventRow> map_rows() const;
  std::vector<EventRow> club_rows() const;
  std::vector<EventRow> organized_rows() const;
  std::vector<EventRow> attended_rows() const;
  bool wanted(const EventRow& row) const;
  static std::vector<EventRow> all(SqlCursor rows);

  SqlConnection& db_;
  const Actor& reader_;
  const EventQuery& query_;
  TimeWindow window_;
  std::optional<GeoBox> box_;
  std::optional<ClubStanding> club_;
  Place after_;
};

std::vector<EventRow> Lister::all(SqlCursor rows) {
  std::vector<EventRow> out;
  while (rows.next()) out.push_back(read_event_columns(rows));
  return out;
}

std::vector<EventRow> Lister::listed_rows() const {
  return all(db_.query("SELECT " KITH_EVENT_COLUMNS KITH_EVENT_TABLES
                       "WHERE " KITH_EVENT_LISTED KITH_EVENT_WINDOW KITH_EVENT_ORDER "$8",
                       reader_.key, static_cast<int>(ClubStatus::approved),
                       window_.earliest_start(), window_.from, window_.until, after_.start,
                       after_.event, kEventsAtOnce));
}

// Over the 180th meridian a box is two: of the second, elsewhere, there is nothing.
std::vector<EventRow> Lister::map_rows() const {
  const std::int64_t west = box_->south_west.longitude_e7;
  const std::int64_t east = box_->north_east.longitude_e7;
  const bool split = west > east;
  constexpr std::int64_t kEdge = 1'800'000'000;
  return all(db_.query(
      "SELECT " KITH_EVENT_COLUMNS KITH_EVENT_TABLES "WHERE " KITH_EVENT_LISTED KITH_EVENT_WINDOW
      "AND e.latitude_e7 >= $8 AND e.latitude_e7 <= $9 "
      "AND ((e.longitude_e7 >= $10 AND e.longitude_e7 <= $11) "
      "OR (e.longitude_e7 >= $12 AND e.longitude_e7 <= $13)) " KITH_EVENT_ORDER "$14",
      reader_.key, static_cast<int>(ClubStatus::approved), window_.earliest_start(), window_.from,
      window_.until, after_.start, after_.event, box_->south_west.latitude_e7,
      box_->north_east.latitude_e7, west, split ? kEdge : east, split ? -kEdge : west, east,
      kEventsAtOnce));
}

// What is not for the reader is left out by wanted().
std::vector<EventRow> Lister::club_rows() const {
  return all(db_.query(
      "SELECT " KITH_EVENT_COLUMNS KITH_EVENT_TABLES
      "WHERE e.club_id = $1 AND ($2 = 1 OR e.visibility <> 1)" KITH_EVENT_WINDOW KITH_EVENT_ORDER
      "$8",
      club_->club.key, club_->membership.approved() ? 1 : 0, window_.earliest_start(), window_.from,
      window_.until, after_.start, after_.event, kEventsAtOnce));
}

std::vector<EventRow> Lister::organized_rows() const {
  return all(db_.query("SELECT " KITH_EVENT_COLUMNS KITH_EVENT_TABLES
                       "WHERE e.creator_id = $1 AND $2 = 0" KITH_EVENT_WINDOW KITH_EVENT_ORDER "$8",
                       reader_.key, 0, window_.earliest_start(), window_.from, window_.until,
                       after_.start, after_.event, kEventsAtOnce));
}

std::vector<EventRow> Lister::attended_rows() const {
  return all(
      db_.query("SELECT " KITH_EVENT_COLUMNS KITH_EVENT_TABLES
                "WHERE e.id IN (SELECT a.event_id FROM event_attendees a "
                "WHERE a.user_id = $1 AND a.status <> $2)" KITH_EVENT_WINDOW KITH_EVENT_ORDER "$8",
                reader_.key, static_cast<int>(RsvpStatus::declined), window_.earliest_start(),
                window_.from, window_.until, after_.start, after_.event, kEventsAtOnce));
}

std::vector<EventRow> Lister::next_rows() const {
  switch (query_.of) {
    case EventQuery::Of::everybody:
      return box_ ? map_rows() : listed_rows();
    case EventQuery::Of::club:
      return club_rows();
    case EventQuery::Of::organizing:
      return organized_rows();
    case EventQuery::Of::attending:
      return attended_rows();
  }
  return {};
}

bool Lister::wanted(const EventRow& row) const {
  if (!query_.circle) return true;
  const auto& place = row.record.fields.place;
  return place && place->point &&
         distance_km(query_.circle->centre, *place->point) <= query_.circle->radius_km;
}

Result<EventList> Lister::run() {
  if (query_.cursor) {
    const auto place = parse_event_cursor<2>(*query_.cursor);
    if (!place) return fail(ErrorCode::bad_request, "not one of our cursors", "cursor");
    after_ = {.start = (*place)[0], .event = (*place)[1]};
  }
  if (query_.of == EventQuery::Of::club) {
    auto club = find_club(db_, query_.club.value_or(ClubId{}), reader_.key);
    if (!club) return fail(ErrorCode::not_found, "no such club", "club_id");
    club_ = std::move(*club);
  }
  EventList out;
  std::size_t looked_at = 0;
  for (bool more = true; more;) {
    auto rows = next_rows();
    more = rows.size() == kEventsAtOnce;
    for (EventRow& row : rows) {
      const bool full = out.events.size() == query_.limit || looked_at == kLookedAtMax;
      if (full) {
        out.next_cursor = make_event_cursor<2>({after_.start, after_.event});
        return out;
      }
      ++looked_at;
      after_ = {.start = row.record.fields.start_time.time_since_epoch().count(),
                .event = static_cast<std::int64_t>(row.channel.key)};
      if (!wanted(row)) continue;
      const auto standing = standing_of(db_, std::move(row), reader_.key);
      if (standing) out.events.push_back(present_event(db_, *standing, reader_.key));
    }
  }
  return out;
}

}  // namespace

TimeWindow window_of(const std::optional<WallTime>& from, const std::optional<WallTime>& until,
                     WallTime now) {
  return {.from = from.value_or(now), .until = until.value_or(kNever)};
}

Result<EventRecord> read_event(SqlConnection& db, const Actor& reader, const EventId& event) {
  const auto standing = require_event(db, event, reader.key);
  if (!standing) return standing.error();
  EventRecord out = present_event(db, *standing, reader.key);
  out.preview = preview_attendees(db, standing->row.channel.key);
  return out;
}

std::vector<EventId> followable_events(SqlConnection& db, UserKey user, WallTime now,
                                       std::uint32_t limit) {
  std::vector<EventId> out;
  auto rows = db.query(
      "SELECT c.public_id FROM events e JOIN channels c ON c.id = e.id "
      "WHERE e.id IN (SELECT a.event_id FROM event_attendees a WHERE a.user_id = $1 "
      "AND a.status <> $2 UNION SELECT o.id FROM events o WHERE o.creator_id = $1) "
      "AND e.published_at IS NOT NULL AND e.end_time > $3 ORDER BY e.start_time, e.id LIMIT $4",
      user, static_cast<int>(RsvpStatus::declined), now, limit);
  while (rows.next()) out.push_back(EventId{rows.uuid(0)});
  return out;
}

Result<EventList> list_events(SqlConnection& db, const Actor& reader, const EventQuery& query) {
  return Lister(db, reader, query).run();
}

}  // namespace kith
