// KITH_FAIL=<point>:<action>[:<n>][,...]: at the n-th time that a point is reached (1 where none is
// given; "n+": from the n-th on, each time), the action is taken:
//   kill       SIGKILL to oneself, as a crash of the machine would look to everybody else
//   late_kill  the same after 100 ms, in which the other threads go on
//   throw, bad_alloc
// Points are named where they stand: KITH_FAILPOINT("...").
#include "protocol/failpoint.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace kith {
namespace {

struct Order {
  std::string point;
  std::string action;
  std::uint64_t number = 1;
  bool from_then_on = false;
  std::atomic<std::uint64_t> reached{0};
};

[[noreturn]] void misunderstood(std::string_view what) {
  std::fprintf(stderr, "kithd-failpoints: KITH_FAIL: %.*s\n", static_cast<int>(what.size()),
               what.data());
  std::_Exit(2);
}

std::string_view take_until(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const auto part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

void read_order(std::deque<Order>& orders, std::string_view text) {
  Order& order = orders.emplace_back();
  order.point = take_until(text, ':');
  order.action = take_until(text, ':');
  for (const std::string_view known : {"kill", "late_kill", "throw", "bad_alloc", ""}) {
    if (known.empty()) misunderstood(order.action);
    if (known == order.action) break;
  }
  if (text.empty()) return;
  order.from_then_on = text.ends_with('+');
  if (order.from_then_on) text.remove_suffix(1);
  order.number = std::strtoull(std::string(text).c_str(), nullptr, 10);
  if (order.number == 0) misunderstood(text);
}

std::deque<Order> read_orders() {
  std::deque<Order> orders;
  const char* given = std::getenv("KITH_FAIL");
  std::string_view text = given == nullptr ? "" : given;
  while (!text.empty()) read_order(orders, take_until(text, ','));
  return orders;
}

void obey(const Order& order) {
  if (order.action == "throw") throw std::runtime_error("failpoint " + order.point);
  if (order.action == "bad_alloc") throw std::bad_alloc();
  if (order.action == "late_kill") std::this_thread::sleep_for(std::chrono::milliseconds(100));
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();  // this thread, too, does nothing more
}

}  // namespace

void reach_failpoint(const char* name) {
  static std::deque<Order> orders = read_orders();
  for (Order& order : orders) {
    if (order.point != name) continue;
    const std::uint64_t count = ++order.reached;
    if (count == order.number || (order.from_then_on && count > order.number)) obey(order);
  }
}

}  // namespace kith
