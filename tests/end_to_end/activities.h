// What the tests of rewards send.
#pragma once

#include <string>
#include <string_view>

#include "protocol/time_format.h"

namespace kith::test {

using namespace std::chrono_literals;

inline WallTime now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

inline std::string activity(std::string_view kind, std::string_view key, WallTime at,
                            std::string_view more = {}) {
  return R"({"kind":")" + std::string(kind) + R"(","idempotency_key":")" + std::string(key) +
         R"(","occurred_at":")" + format_time(at) + "\"" + std::string(more) + "}";
}

// Midday, so that no test runs over midnight: today's, or yesterday's where it has not been yet.
inline WallTime midday() {
  const WallTime noon = std::chrono::floor<std::chrono::days>(now()) + 12h;
  return noon <= now() ? noon : noon - 24h;
}

}  // namespace kith::test
