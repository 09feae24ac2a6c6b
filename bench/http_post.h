// One POST with a JSON body, for what a scenario does besides its sockets.
#pragma once

#include <string>
#include <string_view>

#include "bench/nodes.h"

namespace kith::bench {

struct Posted {
  int status = 0;  // 0: no answer within a few seconds
  std::string body;
};
// Blocks. Each on a connection of its own.
Posted post_json(const Target& target, std::string_view path, std::string_view token,
                 std::string body);

}  // namespace kith::bench
