// What belongs to a storm or a broadcast is what was due in it.
#include "bench/due_windows.h"

#include <doctest/doctest.h>

namespace kith::bench {
namespace {

DueWindows::Time at(int ms) {
  return DueWindows::Time(std::chrono::milliseconds(ms));
}

TEST_CASE("where no time is looked at by itself, nothing is due in one") {
  const DueWindows windows{};
  CHECK_FALSE(windows.hold(at(1)));
}

TEST_CASE("an open window holds all that is due from then on; a closed one ends before its end") {
  DueWindows windows;
  windows.open(at(100));
  CHECK_FALSE(windows.hold(at(99)));
  CHECK(windows.hold(at(100)));
  CHECK(windows.hold(at(100'000)));
  windows.close(at(200));
  CHECK(windows.hold(at(199)));
  CHECK_FALSE(windows.hold(at(200)));
}

TEST_CASE("what was due in an earlier window is of it, however late it comes; calm is of none") {
  DueWindows windows;
  windows.open(at(100));
  windows.close(at(200));
  windows.open(at(500));
  windows.close(at(600));
  windows.open(at(900));
  CHECK(windows.hold(at(150)));
  CHECK_FALSE(windows.hold(at(300)));
  CHECK(windows.hold(at(599)));
  CHECK_FALSE(windows.hold(at(899)));
  CHECK(windows.hold(at(900)));
}

}  // namespace
}  // namespace kith::bench
