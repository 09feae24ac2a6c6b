// The state event console.stats (protocol/README.md): what the process counts, as one JSON object.
// Counters are totals since the start; who draws rates takes differences. Any thread.
#pragma once

#include <string>

#include "gateway/server_state.h"

namespace kith {

std::string console_stats_json(const ServerState& server, SteadyTime now, WallTime wall);

}  // namespace kith
