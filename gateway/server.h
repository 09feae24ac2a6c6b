// The server: from a configuration to an exit code.
#pragma once

#include "gateway/config.h"

namespace kith {

// Runs until SIGTERM or SIGINT has been obeyed. 0: drained; 1: could not start, or failed, with one
// line on stderr; 75: storage can no longer be trusted (a failed fsync); 78: the configuration.
int run_server(const Config& config);

}  // namespace kith
