// How soon a socket is to be cut off once what it was allowed has ended.
#pragma once

#include <doctest/doctest.h>

#include "tests/support/sanitized.h"
#include "tests/support/ws_client.h"

namespace kith::test {

// RELIABILITY C10, ASVS 7.4.1.
inline constexpr std::chrono::seconds kCutWithin = kSanitized ? 10s : 2s;

// `ended`: when whoever ended it had their answer.
inline void check_cut_off(WsClient& socket, std::uint16_t code, Clock::time_point ended) {
  CHECK(socket.wait_close() == code);
  CHECK(Clock::now() - ended < kCutWithin);
}

}  // namespace kith::test
