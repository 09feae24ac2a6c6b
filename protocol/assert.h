// KITH_ASSERT: what must be true for our own code to be right. Always on; a failure is a bug of
// ours, never of a client or of the machine, and ends the process before it can do harm.
#pragma once

#include <cstdio>
#include <cstdlib>

#define KITH_ASSERT(condition)                                                               \
  do {                                                                                       \
    if (!(condition)) [[unlikely]] {                                                         \
      std::fprintf(stderr, "%s:%d: assertion failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                          \
    }                                                                                        \
  } while (false)
