// What a user wants to be told of, where and when, over SQL (engine/ports/notifications.h).
#pragma once

#include "engine/ports/outbox.h"
#include "engine/time_zone.h"
#include "storage/sql_session.h"

namespace kith {

Result<NoticePreferences> read_preferences(SqlConnection& db, UserKey user);
Result<NoticePreferences> change_preferences(WriteContext& context, const Actor& actor,
                                             const PreferencesChange& change);

// The columns of preferences, for queries of users as u that join notification_settings as s,
// where there may be none; read_preference_columns() reads them from the column where they begin.
// Without the choices of types. Who never chose has a time zone all the same.
#define KITH_PREFERENCE_COLUMNS                                                    \
  "coalesce(s.time_zone, u.time_zone), s.quiet_from, s.quiet_to, s.digest_every, " \
  "s.digest_minute, s.digest_weekday, s.web_hook, s.email"
NoticePreferences read_preference_columns(const SqlCursor& row, int first);

// UTC where the system has lost the user's.
TimeZonePtr zone_of(const NoticePreferences& preferences);
// When the quiet hours that it is in at `at` end; nothing: it is in none.
std::optional<WallTime> quiet_end(const NoticePreferences& preferences, WallTime at);
// What holds for a type, the choices of types (read_preferences) included.
NoticeMode mode_of(const NoticePreferences& preferences, std::string_view type,
                   OutgoingChannel channel);

}  // namespace kith
