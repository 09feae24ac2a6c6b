// When a notification may go out: outside of the user's quiet hours, or with their next digest.
// Clocks are the user's own (time_zone.h), whatever happens to them in between.
#pragma once

#include <optional>

#include "engine/ports/notifications.h"
#include "engine/time_zone.h"

namespace kith {

// Nothing: it is not quiet now. Else when it will not be any more; later than `at`.
std::optional<WallTime> quiet_until(const TimeZone& zone, const QuietHours& quiet, WallTime at);

// The next time that a digest is due, later than `at`.
WallTime next_digest(const TimeZone& zone, const DigestTimes& times, WallTime at);

}  // namespace kith
