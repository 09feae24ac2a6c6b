// bus.url: where the bus between nodes is (conf/kithd.toml says how it is written).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/result.h"

namespace kith {

struct BusUrl {
  std::string host;  // a name or a literal address, without the brackets of IPv6
  std::uint16_t port = 6379;
  bool tls = false;
  std::string user;  // empty where there is none
  std::string password;
};

// Strict: what is not understood is refused, never guessed. Errors: bad_request, with the reason
// ("must be ..."), which repeats nothing of the URL.
Result<BusUrl> parse_bus_url(std::string_view url);

}  // namespace kith
