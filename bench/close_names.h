// What somebody may have meant who mistyped a name.
#pragma once

#include <cstddef>
#include <string_view>

namespace kith::bench {

// Levenshtein's distance.
std::size_t edits_between(std::string_view a, std::string_view b);

}  // namespace kith::bench
