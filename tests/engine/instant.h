// Instants as the tests write them.
#pragma once

#include <doctest/doctest.h>

#include "protocol/time_format.h"

namespace kith {

// "2026-03-01T09:30:00Z"
inline WallTime instant(std::string_view text) {
  const auto time = parse_time(text);
  REQUIRE(time.has_value());
  return *time;
}

}  // namespace kith
