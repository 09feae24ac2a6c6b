// Users' time zones: those of the machine, and UTC, which is there on a machine without any too.
#pragma once

#include "engine/time_zone.h"

namespace kith {

inline constexpr std::string_view kUtc = "UTC";

TimeZonePtr utc();
// Null: no such zone.
TimeZonePtr find_users_zone(std::string_view name);

}  // namespace kith
