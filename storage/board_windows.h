// When a board's period begins and ends (engine/ports/boards.h says which there are), and how a
// city is told from another. Plain functions.
#pragma once

#include <string>
#include <string_view>

#include "engine/ports/boards.h"

namespace kith {

struct BoardWindow {
  WallTime opens{};   // its first moment
  WallTime closes{};  // the first one behind it; WallTime::max(): never
};
// The one that `at` lies in.
BoardWindow board_window(BoardPeriod period, WallTime at);

// "Berlin", "berlin" and " BERLIN " are one city. ASCII alone is folded.
std::string fold_city(std::string_view city);

}  // namespace kith
