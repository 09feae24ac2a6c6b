// What a user wants to be told of, where and when, over SQL (engine/ports/notifications.h).
#pragma once

#include "engine/ports/notifications.h"
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

}  // namespace kith
