// What was in the way of a run, counted by what it calls itself: "closed with 4001", "HTTP 503",
// "rate_limited".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace kith::bench {

// Why no connection could be opened, where that is this client's own fault.
inline constexpr std::string_view kOutOfDescriptors =
    "this client is out of file descriptors: raise ulimit -n";

struct Troubles {
  using Counts = std::map<std::string, std::uint64_t>;
  Counts broke;     // why connections ended that stood, without this client's doing
  Counts attempts;  // why attempts to connect failed
  Counts errors;    // codes of `error` frames

  void merge(const Troubles& other);
};

// "3 closed with 4001, 1 End of file"; empty where nothing was.
std::string listed(const Troubles::Counts& counts);

}  // namespace kith::bench
