// WebSocket close codes (PROTOCOL section 5; RFC 6455 section 7.4).
// 4000-4499: come back, with growing, jittered delay. 4500-4999: do not.
#pragma once

#include <cstdint>

namespace kith {

enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  invalid_payload = 1007,
  message_too_big = 1009,

  internal_error = 4000,  // also: the log's epoch changed
  draining = 4001,
  token_expired = 4003,
  ping_timeout = 4004,
  reader_stalled = 4008,
  over_capacity = 4013,

  bad_token = 4500,
  not_this_protocol = 4501,
  init_timeout = 4502,
  chat_forbidden = 4503,
  too_many_sockets = 4504,
  chat_gone = 4506,        // malformed chat id, or the chat went
  session_revoked = 4507,  // also: banned
};

constexpr bool may_reconnect(CloseCode code) {
  const auto value = static_cast<std::uint16_t>(code);
  return value < 4500;
}

}  // namespace kith
