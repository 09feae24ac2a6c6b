// Which build runs: the version, and behind a + what it was made of, git's revision as a rule
// ("0.1.0+6b926f2", which semver calls build metadata). Only the version where nobody knows. It
// says nothing of changes that were not committed. CMakeLists.txt beside this makes the definition,
// in a file that holds nothing else: it is all that a commit compiles anew.
#pragma once

#include <string_view>

namespace kith {

std::string_view build_name();

}  // namespace kith
