// Every connection is a descriptor.
#pragma once

#include <cstddef>

namespace kith::bench {

// Lets this process have so many connections. Throws std::runtime_error where it may not: how many
// descriptors that takes, how many it may have, and what to do.
void allow_descriptors(std::size_t connections);

}  // namespace kith::bench
