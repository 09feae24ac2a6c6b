// The one way in which Accounts::rotate_refresh() takes a used refresh token: as the same request
// again, whose answer was lost. It asks for the same `next` as the first time, which nobody can
// name but who made the first request (the gateway derives it from the used token and the request's
// Idempotency-Key, under the server's secret), while nobody has used `next` and it is young. The
// answer is then the first one's; nothing ends. Any other second use ends the login.
#pragma once

#include <chrono>

namespace kith {

inline constexpr std::chrono::minutes kRefreshRetryTime{60};

}  // namespace kith
