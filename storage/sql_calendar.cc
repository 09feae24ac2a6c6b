#include "storage/sql_calendar.h"

#include "protocol/limits.h"
#include "storage/sql_membership.h"
#include "storage/sql_streaks.h"
#include "storage/time_zones.h"

namespace kith {
namespace {

struct ZoneRow {
  WallTime from{};
  WallTime changed{};
  std::string zone;
};

std::optional<ZoneRow> newest_zone(SqlConnection& db, UserKey user) {
  auto row = db.query(
      "SELECT from_at, changed_at, zone FROM user_zones WHERE user_id = $1"
      " ORDER BY from_at DESC LIMIT 1",
      user);
  if (!row.next()) return std::nullopt;
  return ZoneRow{.from = row.time(0), .changed = row.time(1), .zone = std::string(row.text(2))};
}

bool has_done_anything(SqlConnection& db, UserKey user) {
  return db.query("SELECT 1 FROM activity_totals WHERE user_id = $1 LIMIT 1", user).next();
}

// Whoever took the wrong zone may put that right for a while, as long as no day of it has begun by
// a move: the new one takes its place, as though it had been chosen at once. What is left is one
// move, which counts from the first time on, so no day is prolonged twice.
bool is_correction(const ZoneRow& newest, WallTime now) {
  const bool replaceable = newest.from > now || newest.from == WallTime::min();
  return replaceable && now - newest.changed < limits::kZoneCorrection;
}

void insert_zone(SqlConnection& db, const Actor& actor, const ZoneSpan& span, const ZoneRow& row) {
  db.execute(
      "INSERT INTO user_zones(user_id, from_at, after_day, changed_at, zone)"
      " VALUES($1, $2, $3, $4, $5)",
      actor.key, span.from, span.after, row.changed, row.zone);
}

}  // namespace

Calendar load_calendar(SqlConnection& db, UserKey user) {
  TimeZonePtr first = utc();
  std::vector<ZoneSpan> later;
  auto rows = db.query(
      "SELECT from_at, after_day, zone FROM user_zones WHERE user_id = $1 ORDER BY from_at", user);
  while (rows.next()) {
    // A zone that this machine has no file of (any more) is UTC to it.
    TimeZonePtr zone = find_users_zone(rows.text(2));
    if (zone == nullptr) zone = utc();
    if (rows.time(0) == WallTime::min()) {
      first = std::move(zone);
    } else {
      later.push_back({.from = rows.time(0),
                       .after = static_cast<Day>(rows.integer(1)),
                       .zone = std::move(zone)});
    }
  }
  return Calendar(std::move(first), std::move(later));
}

Result<ZoneChange> set_time_zone(WriteContext& context, const Actor& actor,
                                 const std::string& zone) {
  SqlConnection& db = context.db;
  const TimeZonePtr found = find_users_zone(zone);
  if (found == nullptr) {
    return fail(ErrorCode::bad_request, "is no time zone that this server knows", "time_zone");
  }
  touch_channels(context, {ChannelKey{static_cast<std::int64_t>(actor.key)}});
  db.execute("UPDATE notification_settings SET time_zone = $1 WHERE user_id = $2", zone, actor.key);
  const auto newest = newest_zone(db, actor.key);
  if (newest ? newest->zone == zone : zone == kUtc) {
    const bool begun = !newest || newest->from <= actor.now;
    return ZoneChange{.zone = zone, .effective_at = begun ? actor.now : newest->from};
  }
  ZoneChange change{.zone = zone, .effective_at = actor.now};
  const auto rest = newest ? newest->changed + context.rewards->zone_change - actor.now
                           : std::chrono::milliseconds(0);
  const bool locked = rest > std::chrono::milliseconds(0);
  if (!has_done_anything(db, actor.key)) {  // there is no day yet that could be longer or shorter
    db.execute("DELETE FROM user_zones WHERE user_id = $1", actor.key);
    insert_zone(db, actor, {.from = WallTime::min()}, {.changed = actor.now, .zone = zone});
  } else if (locked && !is_correction(*newest, actor.now)) {
    return Error{.code = ErrorCode::rate_limited,
                 .message = "the time zone was changed not long ago",
                 .field = {},
                 .retry_after = rest};
  } else {
    const ZoneSpan span = load_calendar(db, actor.key).move(found, actor.now);
    db.execute("DELETE FROM user_zones WHERE user_id = $1 AND from_at > $2", actor.key, actor.now);
    insert_zone(db, actor, span, {.changed = locked ? newest->changed : actor.now, .zone = zone});
    change.effective_at = span.from;
    reschedule_streaks(context, actor.key, actor.now);
  }
  db.execute("UPDATE users SET time_zone = $1, updated_at = $2 WHERE id = $3", zone, actor.now,
             actor.key);
  return change;
}

}  // namespace kith
