#include "storage/sql_calendars.h"

namespace kith {
namespace {

constexpr std::chrono::hours kPastShown{24 * 90};

}  // namespace

Status set_calendar(WriteContext& context, const Actor& actor,
                    const std::optional<CalendarHash>& secret) {
  context.db.execute("DELETE FROM calendars WHERE user_id = $1", actor.key);
  if (!secret) return Nothing{};
  context.db.execute("INSERT INTO calendars(user_id, secret_hash, created_at) VALUES($1, $2, $3)",
                     actor.key, *secret, actor.now);
  return Nothing{};
}

Result<FoundCalendar> read_calendar(SqlConnection& db, const CalendarHash& secret,
                                    CalendarClient client, WallTime now) {
  FoundCalendar out;
  {
    auto row = db.query(
        "SELECT k.user_id, u.display_name, k.google_read_at, k.apple_read_at, k.other_read_at "
        "FROM calendars k JOIN users u ON u.id = k.user_id "
        "WHERE k.secret_hash = $1 AND u.deleted_at IS NULL",
        secret);
    if (!row.next()) return fail(ErrorCode::not_found, "no such calendar");
    out.owner = UserKey{row.integer(0)};
    out.feed.display_name = row.text(1);
    const int column = client == CalendarClient::google  ? 2
                       : client == CalendarClient::apple ? 3
                                                         : 4;
    out.read_at = row.maybe_time(column);
  }
  std::vector<EventRow> found;
  {
    auto rows = db.query(
        "SELECT " KITH_EVENT_COLUMNS KITH_EVENT_TABLES
        "WHERE e.id IN (SELECT a.event_id FROM event_attendees a WHERE a.user_id = $1 "
        "AND a.status <> $2 UNION SELECT o.id FROM events o WHERE o.creator_id = $1) "
        "AND e.published_at IS NOT NULL AND e.end_time > $3 "
        "ORDER BY e.start_time, e.id LIMIT $4",
        out.owner, static_cast<int>(RsvpStatus::declined), now - kPastShown, kCalendarEntriesMax);
    while (rows.next()) found.push_back(read_event_columns(rows));
  }
  for (EventRow& row : found) {
    const auto standing = standing_of(db, std::move(row), out.owner);
    if (!standing) continue;
    out.feed.entries.push_back({.event = present_event(db, *standing, out.owner)});
  }
  return out;
}

Status mark_calendar_read(WriteContext& context, UserKey owner, CalendarClient client,
                          WallTime now) {
  switch (client) {
    case CalendarClient::google:
      context.db.execute("UPDATE calendars SET google_read_at = $1 WHERE user_id = $2", now, owner);
      break;
    case CalendarClient::apple:
      context.db.execute("UPDATE calendars SET apple_read_at = $1 WHERE user_id = $2", now, owner);
      break;
    case CalendarClient::other:
      context.db.execute("UPDATE calendars SET other_read_at = $1 WHERE user_id = $2", now, owner);
      break;
  }
  return Nothing{};
}

}  // namespace kith
