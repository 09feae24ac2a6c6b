// A state event, as it goes over the bus and to whoever follows its channel.
#pragma once

#include <string_view>

#include "engine/ports/bus.h"

namespace kith {

// `about` (not 0) says what a newer one supersedes; `json` is the whole frame's text.
BusEventPtr make_state_event(const ChannelId& channel, std::uint64_t about, std::string_view json);

}  // namespace kith
