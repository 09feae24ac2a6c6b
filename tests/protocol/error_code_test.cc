#include "protocol/error_code.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "protocol/close_code.h"

namespace kith {

TEST_CASE("every error code has a name of its own and a status") {
  std::set<std::string> names;
  for (int i = 0; i <= static_cast<int>(ErrorCode::payment_required); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    names.insert(std::string(to_string(code)));
    CHECK(http_status(code) >= 400);
  }
  CHECK(names == std::set<std::string>{"bad_request", "unknown_type", "unauthorized", "forbidden",
                                       "not_found", "conflict", "too_large", "rate_limited",
                                       "unavailable", "internal", "payment_required"});
  CHECK(http_status(ErrorCode::rate_limited) == 429);
  CHECK(http_status(ErrorCode::unavailable) == 503);
}

TEST_CASE("a close code tells by itself whether to come back") {
  CHECK(may_reconnect(CloseCode::draining));
  CHECK(may_reconnect(CloseCode::over_capacity));
  CHECK_FALSE(may_reconnect(CloseCode::bad_token));
  CHECK_FALSE(may_reconnect(CloseCode::session_revoked));
}

}  // namespace kith
