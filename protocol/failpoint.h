// Places where a test makes the process fail: be killed between a commit and its ack, throw in a
// handler. In kithd they are nothing at all; the tests build a second program from the same
// sources, kithd-failpoints (tests/chaos), whose reach_failpoint() does what KITH_FAIL says.
#pragma once

#ifdef KITH_FAILPOINTS
namespace kith {
void reach_failpoint(const char* name);
}
#define KITH_FAILPOINT(name) ::kith::reach_failpoint(name)
#else
#define KITH_FAILPOINT(name) static_cast<void>(0)
#endif
