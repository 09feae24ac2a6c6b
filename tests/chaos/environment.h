// A number from the environment: the long form of a run.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>

namespace kith::test {

inline std::size_t from_environment(const char* name, std::size_t otherwise) {
  const char* given = std::getenv(name);
  return given == nullptr ? otherwise : static_cast<std::size_t>(std::strtoull(given, nullptr, 10));
}

// Of what a run does at random, another one each time; KITH_CHAOS_SEED repeats its choices. A test
// that fails says which it was: INFO("KITH_CHAOS_SEED=", seed).
inline std::uint64_t chaos_seed() {
  return from_environment("KITH_CHAOS_SEED", std::random_device{}());
}

// KITH_CHAOS_LONG is set: the numbers of a release instead of those of a merge.
inline bool long_form() {
  return from_environment("KITH_CHAOS_LONG", 0) != 0;
}

}  // namespace kith::test
