// What can be known to be in vain before anybody connects.
#pragma once

#include "bench/command_line.h"

namespace kith::bench {

// With one line that names what is wrong. bad_request: a file that cannot be written (one that is
// not there is made, empty), a --server-pid that is no process or no server. unavailable, conflict:
// one of several nodes, see node_probe.h; one node alone is waited for when the run begins. Notes
// what is odd, but may be meant, in the options.
Status preflight(CommandLine& line, const Seed& seed);

}  // namespace kith::bench
