// What the fuzz targets share. A target is one function over bytes that any bytes must survive;
// what must be true besides is asserted in it (KITH_ASSERT), so that a wrong answer is found as a
// crash is. The same function is built twice: with libFuzzer, which looks for bytes (preset
// `fuzz`), and with replay.cc, which runs the kept ones through it in every other build (ctest:
// fuzz.corpus).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/assert.h"

namespace kith::fuzz {

struct Target {
  std::string_view name;
  void (*run)(std::string_view input);
};
// All targets of this program, for replay.cc.
const std::vector<Target>& targets();
bool add_target(Target target);

// Takes the parts of a structured input off its front. Behind the end all is zero and empty.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t byte();
  std::uint64_t number();   // of eight bytes
  std::string_view text();  // a byte says how long, then its bytes
  std::string_view rest();  // all
  bool flag() { return (byte() & 1) != 0; }
  std::size_t below(std::size_t count) { return byte() % count; }  // count is not 0
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// Where to cut `size` bytes, made of `seed`: from one byte each to few large pieces. The sum is
// `size`.
std::vector<std::size_t> cuts(std::size_t size, std::uint64_t seed);

}  // namespace kith::fuzz

#ifdef KITH_LIBFUZZER
#define KITH_FUZZ_TARGET(target)                                                       \
  static void fuzz_##target(std::string_view input);                                   \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) { \
    fuzz_##target({reinterpret_cast<const char*>(bytes), size});                       \
    return 0;                                                                          \
  }                                                                                    \
  static void fuzz_##target(std::string_view input)
#else
#define KITH_FUZZ_TARGET(target)                                       \
  static void fuzz_##target(std::string_view input);                   \
  [[maybe_unused]] static const bool added_##target =                  \
      kith::fuzz::add_target({.name = #target, .run = fuzz_##target}); \
  static void fuzz_##target(std::string_view input)
#endif
