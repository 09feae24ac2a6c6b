// Activities as they come in.
#pragma once

#include "storage/sql_rewards.h"

namespace kith {

// RewardLedger::record.
Result<Recorded> record_activity(WriteContext& context, const Actor& actor, ActivityOrigin origin,
                                 const Activity& activity);

// What the engine itself has seen somebody do (an RSVP, an attendance, a club joined), from inside
// the transaction that it was done in. Counts once per user and key, for ever; does nothing where
// the profile has no activity of this kind. Whoever changes other channels too has touched all of
// them before, the user's own among them, in the order of their keys (touch_channels). The events
// go behind those of the caller, to be published with them.
struct SeenActivity {
  std::string_view kind;  // "rsvp", "attendance", "club_joined"
  UserRef user;
  WallTime at{};
  std::string key;  // "rsvp:evt_..."
  std::int64_t value = 0;
};
void see_activity(WriteContext& context, const SeenActivity& seen,
                  std::vector<DurableEvent>& events);

}  // namespace kith
