// A frame's text, or an HTTP body: JSON, then a command.
#include "tests/fuzz/command_oracle.h"
#include "tests/fuzz/fuzz.h"

KITH_FUZZ_TARGET(command) {
  kith::fuzz::Input given(input);
  const kith::fuzz::CommandOracle oracle(given.flag());
  oracle.check(given.rest());
}
