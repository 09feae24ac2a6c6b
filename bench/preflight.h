// What can be known to be in vain before anybody connects.
#pragma once

#include "bench/command_line.h"

namespace kith::bench {

// bad_request, with one line that names what is wrong: a file that cannot be written (one that is
// not there is made, empty), a --server-pid that is no process or no server. Notes what is odd, but
// may be meant, in the options.
Status preflight(CommandLine& line);

}  // namespace kith::bench
