#include "gateway/end_watch.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>

namespace kith {
namespace {

bool nobody_asks(std::chrono::milliseconds pause) {
  std::this_thread::sleep_for(pause);
  return false;
}

// What the process was ended for; waits for it.
EndWatch::Cause cause_of(std::chrono::milliseconds patience,
                         std::function<bool(std::chrono::milliseconds)> asked_again) {
  std::promise<EndWatch::Cause> cause;
  const EndWatch watch({.patience = patience,
                        .asked_again = std::move(asked_again),
                        .give_up = [&](EndWatch::Cause why) { cause.set_value(why); }});
  return cause.get_future().get();
}

TEST_CASE("a process that does not come to its end is ended") {
  CHECK(cause_of(std::chrono::milliseconds(1), nobody_asks) == EndWatch::Cause::too_long);
}

TEST_CASE("so is one that is asked a second time while it is at it") {
  CHECK(cause_of(std::chrono::hours(1), [](auto) { return true; }) == EndWatch::Cause::asked_again);
}

TEST_CASE("one that ends by itself is left alone") {
  std::atomic<bool> given_up = false;
  {
    const EndWatch watch({.patience = std::chrono::hours(1),
                          .asked_again = nobody_asks,
                          .give_up = [&](EndWatch::Cause) { given_up = true; }});
  }
  CHECK_FALSE(given_up);
}

}  // namespace
}  // namespace kith
