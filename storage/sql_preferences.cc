#include "storage/sql_preferences.h"

#include <algorithm>

#include "engine/notice_times.h"
#include "protocol/limits.h"
#include "storage/sql_calendar.h"
#include "storage/time_zones.h"

namespace kith {
namespace {

NoticePreferences settings_of(SqlConnection& db, UserKey user) {
  auto row = db.query(
      "SELECT " KITH_PREFERENCE_COLUMNS
      " FROM users u LEFT JOIN notification_settings s ON s.user_id = u.id WHERE u.id = $1",
      user);
  return row.next() ? read_preference_columns(row, 0) : NoticePreferences{};
}

void write_settings(SqlConnection& db, UserKey user, const NoticePreferences& to) {
  std::optional<int> quiet_from;
  std::optional<int> quiet_to;
  if (to.quiet) {
    quiet_from = to.quiet->from;
    quiet_to = to.quiet->to;
  }
  db.execute(
      "INSERT INTO notification_settings(user_id, time_zone, quiet_from, quiet_to, digest_every,"
      " digest_minute, digest_weekday, web_hook, email) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9)"
      " ON CONFLICT(user_id) DO UPDATE SET time_zone = excluded.time_zone,"
      " quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,"
      " digest_every = excluded.digest_every, digest_minute = excluded.digest_minute,"
      " digest_weekday = excluded.digest_weekday, web_hook = excluded.web_hook,"
      " email = excluded.email",
      user, to.time_zone, quiet_from, quiet_to, static_cast<int>(to.digest.every),
      int{to.digest.minute}, int{to.digest.weekday}, static_cast<int>(to.web_hook),
      static_cast<int>(to.email));
}

std::optional<int> stored(std::optional<NoticeMode> mode) {
  return mode ? std::optional(static_cast<int>(*mode)) : std::nullopt;
}

void write_choice(SqlConnection& db, UserKey user, const PreferencesChange::Type& change) {
  if (!change.choice) {
    db.execute("DELETE FROM notification_choices WHERE user_id = $1 AND type = $2", user,
               change.type);
    return;
  }
  db.execute(
      "INSERT INTO notification_choices(user_id, type, in_app, web_hook, email)"
      " VALUES($1, $2, $3, $4, $5) ON CONFLICT(user_id, type) DO UPDATE SET"
      " in_app = excluded.in_app, web_hook = excluded.web_hook, email = excluded.email",
      user, change.type, change.choice->in_app ? 1 : 0, stored(change.choice->web_hook),
      stored(change.choice->email));
}

}  // namespace

NoticePreferences read_preference_columns(const SqlCursor& row, int first) {
  NoticePreferences out;
  out.time_zone = row.text(first);
  if (row.is_null(first + 3)) return out;
  if (!row.is_null(first + 1)) {
    out.quiet = QuietHours{.from = static_cast<std::uint16_t>(row.integer(first + 1)),
                           .to = static_cast<std::uint16_t>(row.integer(first + 2))};
  }
  out.digest = {.every = static_cast<DigestEvery>(row.integer(first + 3)),
                .minute = static_cast<std::uint16_t>(row.integer(first + 4)),
                .weekday = static_cast<std::uint8_t>(row.integer(first + 5))};
  out.web_hook = static_cast<NoticeMode>(row.integer(first + 6));
  out.email = static_cast<NoticeMode>(row.integer(first + 7));
  return out;
}

TimeZonePtr zone_of(const NoticePreferences& preferences) {
  TimeZonePtr zone = find_users_zone(preferences.time_zone);
  return zone ? zone : utc();
}

std::optional<WallTime> quiet_end(const NoticePreferences& preferences, WallTime at) {
  if (!preferences.quiet) return std::nullopt;
  return quiet_until(*zone_of(preferences), *preferences.quiet, at);
}

NoticeMode mode_of(const NoticePreferences& preferences, std::string_view type,
                   OutgoingChannel channel) {
  const bool mail = channel == OutgoingChannel::email;
  const NoticeMode for_all = mail ? preferences.email : preferences.web_hook;
  const auto choice = std::ranges::find(preferences.types, type, &NoticeChoice::type);
  if (choice == preferences.types.end()) return for_all;
  return (mail ? choice->email : choice->web_hook).value_or(for_all);
}

Result<NoticePreferences> read_preferences(SqlConnection& db, UserKey user) {
  NoticePreferences out = settings_of(db, user);
  auto rows = db.query(
      "SELECT type, in_app, web_hook, email FROM notification_choices WHERE user_id = $1"
      " ORDER BY type",
      user);
  const auto mode = [&](int column) {
    const auto value = rows.maybe_integer(column);
    return value ? std::optional(static_cast<NoticeMode>(*value)) : std::nullopt;
  };
  while (rows.next()) {
    out.types.push_back({.type = std::string(rows.text(0)),
                         .in_app = rows.integer(1) != 0,
                         .web_hook = mode(2),
                         .email = mode(3)});
  }
  return out;
}

Result<NoticePreferences> change_preferences(WriteContext& context, const Actor& actor,
                                             const PreferencesChange& change) {
  SqlConnection& db = context.db;
  context.hold(actor.user);
  NoticePreferences to = settings_of(db, actor.key);
  if (change.time_zone) {
    const auto moved = set_time_zone(context, actor, *change.time_zone);
    if (!moved) return moved.error();
    to.time_zone = *change.time_zone;
  }
  if (change.quiet) to.quiet = *change.quiet;
  if (change.digest) to.digest = *change.digest;
  if (change.web_hook) to.web_hook = *change.web_hook;
  if (change.email) to.email = *change.email;
  write_settings(db, actor.key, to);
  for (const auto& type : change.types) write_choice(db, actor.key, type);
  auto written = read_preferences(db, actor.key);
  if (written && written->types.size() > limits::kNoticeTypesMax) {
    return fail(ErrorCode::too_large, "are too many to choose about", "types");
  }
  return written;
}

}  // namespace kith
