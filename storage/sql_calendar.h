// Users' time zones and the days that follow from them.
#pragma once

#include "engine/ports/reward_ledger.h"
#include "storage/sql_session.h"

namespace kith {

Calendar load_calendar(SqlConnection& db, UserKey user);

// RewardLedger::set_time_zone; what is due to the user's streaks moves with it, and so do quiet
// hours and digests: a user has one zone.
Result<ZoneChange> set_time_zone(WriteContext& context, const Actor& actor,
                                 const std::string& zone);

}  // namespace kith
