// The catalogue of error codes (PROTOCOL section 3), shared by socket frames and HTTP problems.
#pragma once

#include <cstdint>
#include <string_view>

namespace kith {

enum class ErrorCode : std::uint8_t {
  bad_request,       // a missing or wrong field
  unknown_type,      // a frame type that this server does not know
  unauthorized,      // no token, or one that does not hold
  forbidden,         // known, and not allowed
  not_found,         // does not exist, or may not be seen
  conflict,          // contradicts what is stored
  too_large,         // over a limit of size or count
  rate_limited,      // later, after retry_after_ms
  unavailable,       // a dependency is down; it may still have been committed
  internal,          // a bug of ours
  payment_required,  // it costs money, and nobody takes payments here
};

// The name on the wire, e.g. "rate_limited".
std::string_view to_string(ErrorCode code);
// The status that HTTP answers it with, e.g. 429.
int http_status(ErrorCode code);

}  // namespace kith
