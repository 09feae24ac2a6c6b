// Names of the log's history (ARCHITECTURE 2.9).
#pragma once

#include <string>

namespace kith {

// One that no history has had. libsodium must have been started.
std::string new_epoch();

}  // namespace kith
