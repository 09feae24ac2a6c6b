// A user's events as a calendar program reads them, by a secret that stands in a URL
// (engine/ports/events.h). Stored is the secret's hash alone.
#pragma once

#include "storage/sql_event_access.h"

namespace kith {

Status set_calendar(WriteContext& context, const Actor& actor,
                    const std::optional<CalendarHash>& secret);

struct FoundCalendar {
  CalendarFeed feed;
  UserKey owner{};
  std::optional<WallTime> read_at;  // by this kind of program, the last time
};
// What the owner answered to, or made, and what was published of it: from 90 days ago on, at most
// kCalendarEntriesMax. not_found.
Result<FoundCalendar> read_calendar(SqlConnection& db, const CalendarHash& secret,
                                    CalendarClient client, WallTime now);
inline constexpr std::uint32_t kCalendarEntriesMax = 500;

// A program of this kind was here.
Status mark_calendar_read(WriteContext& context, UserKey owner, CalendarClient client,
                          WallTime now);

}  // namespace kith
