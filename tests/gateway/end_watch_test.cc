#include "gateway/end_watch.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <string>

namespace kith {
namespace {

bool nobody_asks(std::chrono::milliseconds pause) {
  std::this_thread::sleep_for(pause);
  return false;
}

// What the process was ended for; waits for it.
std::string reason_of(std::chrono::milliseconds patience,
                      std::function<bool(std::chrono::milliseconds)> asked_again) {
  std::promise<std::string> reason;
  const EndWatch watch(
      {.patience = patience,
       .asked_again = std::move(asked_again),
       .give_up = [&](std::string_view why) { reason.set_value(std::string(why)); }});
  return reason.get_future().get();
}

TEST_CASE("a process that does not come to its end is ended") {
  CHECK(reason_of(std::chrono::milliseconds(1), nobody_asks) == "it took too long");
}

TEST_CASE("so is one that is asked a second time while it is at it") {
  CHECK(reason_of(std::chrono::hours(1), [](auto) { return true; }) == "asked again");
}

TEST_CASE("one that ends by itself is left alone") {
  std::atomic<bool> given_up = false;
  {
    const EndWatch watch({.patience = std::chrono::hours(1),
                          .asked_again = nobody_asks,
                          .give_up = [&](std::string_view) { given_up = true; }});
  }
  CHECK_FALSE(given_up);
}

}  // namespace
}  // namespace kith
