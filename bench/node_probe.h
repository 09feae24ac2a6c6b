// Several nodes of one server are what the command line says they are: before a run, each is asked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/nodes.h"

namespace kith::bench {

struct Greeting {
  std::string epoch;  // of its log
  std::string build;
};

// Connects as the owner of `token` and leaves at once. unavailable: it cannot be reached, does not
// let that token in, or does not answer within a few seconds; the message does not name it. Blocks.
Result<Greeting> greet(const Target& target, std::string_view token);

// Each must let the token in, and all must have the same log: the first that does not is named. The
// builds are filled in.
Status probe(std::vector<Node>& nodes, std::string_view token);

}  // namespace kith::bench
