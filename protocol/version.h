// The version of this source tree; tests hold it to the one in CMakeLists.txt.
#pragma once

#include <string_view>

namespace kith {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace kith
