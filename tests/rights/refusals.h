// The refused accesses that the audit log of a World holds ("access.refused",
// gateway/refused_access.h).
#pragma once

#include <string>
#include <vector>

#include "tests/rights/world.h"

namespace kith::test {

// As many entries as one caller has at once; then one a second.
inline constexpr std::size_t kRefusalsAtOnce = 10;

// The details of all entries in this user's name, or in nobody's, the oldest first.
std::vector<std::string> refusals_of(World& world, const User& user);
// They are committed behind the answers: waits until there are so many.
std::vector<std::string> await_refusals(World& world, const User& user, std::size_t count);
// How many refusals these entries stand for, with those that they say were left out.
std::size_t told_by(const std::vector<std::string>& entries);

}  // namespace kith::test
