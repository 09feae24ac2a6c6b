// One event, lists of them, and the map (engine/ports/events.h). Reads, within one snapshot.
#pragma once

#include "storage/sql_event_access.h"

namespace kith {

Result<EventRecord> read_event(SqlConnection& db, const Actor& reader, const EventId& event);
Result<EventList> list_events(SqlConnection& db, const Actor& reader, const EventQuery& query);
std::vector<EventId> followable_events(SqlConnection& db, UserKey user, WallTime now,
                                       std::uint32_t limit);

// --- shared with what recommends ---

struct TimeWindow {
  WallTime from{};   // what ends later
  WallTime until{};  // what starts earlier
  // What is under way at `from` has begun later.
  WallTime earliest_start() const { return from - kEventLengthMax; }
};
TimeWindow window_of(const std::optional<WallTime>& from, const std::optional<WallTime>& until,
                     WallTime now);

// Published, and public or of a club that the reader is in: for queries that have $1 for the
// reader, $2 for ClubStatus::approved.
#define KITH_EVENT_LISTED                                                              \
  "e.status = 1 AND (e.visibility = 0 OR (e.visibility = 2 AND EXISTS (SELECT 1 FROM " \
  "club_memberships m WHERE m.club_id = e.club_id AND m.user_id = $1 AND m.status = $2)))"
static_assert(static_cast<int>(EventStatus::published) == 1);
static_assert(static_cast<int>(EventVisibility::everybody) == 0);
static_assert(static_cast<int>(EventVisibility::club) == 2);

}  // namespace kith
