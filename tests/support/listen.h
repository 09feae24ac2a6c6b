// A listening socket of 127.0.0.1, on a port that the kernel chooses.
#pragma once

#include <cstdint>

namespace kith::test {

struct Listening {
  int fd = -1;
  std::uint16_t port = 0;
};
Listening listen_on_loopback();  // throws std::runtime_error

}  // namespace kith::test
