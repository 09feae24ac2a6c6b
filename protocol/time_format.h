// RFC 3339 times in UTC with milliseconds, as the wire has them: 2024-04-20T17:05:00.000Z.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/ids.h"

namespace kith {

void append_time(std::string& out, WallTime time);
std::string format_time(WallTime time);
// Any RFC 3339 date-time (offset, any number of fraction digits, cut to milliseconds); years
// 0001-9999. Nothing where the text is not one.
std::optional<WallTime> parse_time(std::string_view text);

}  // namespace kith
