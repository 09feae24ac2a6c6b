// How many connections an address may hold, and for whom a proxy's do count.
#include "gateway/connection_limits.h"

#include <doctest/doctest.h>

namespace kith {
namespace {

using Address = ConnectionLimits::Address;

const Address kProxy = boost::asio::ip::make_address("10.0.0.1");
const Address kAlice = boost::asio::ip::make_address("203.0.113.5");
const Address kBob = boost::asio::ip::make_address("203.0.113.6");

ConnectionLimits::Options two_per_address() {
  return {.per_address = 2,
          .pending_handshakes = 0,
          .trusted_proxies = AddressRanges::parse({"10.0.0.0/8"}).value()};
}

TEST_CASE("an address has so many places, and gets them back") {
  ConnectionLimits limits(two_per_address());
  auto first = limits.admit(kAlice);
  {
    const auto second = limits.admit(kAlice);
    CHECK(second);
    CHECK_FALSE(limits.admit(kAlice));
    CHECK(limits.admit(kBob));
  }
  const auto again = limits.admit(kAlice);
  CHECK(again);
  CHECK_FALSE(limits.admit(kAlice));
  first.reset();
  CHECK(limits.admit(kAlice));
  const Address loopback = boost::asio::ip::make_address("127.0.0.1");
  std::vector<std::optional<ConnectionLimits::Place>> many;
  for (int i = 0; i < 10; ++i) CHECK(many.emplace_back(limits.admit(loopback)));
}

TEST_CASE("a WebSocket takes the place of the connection that it came by, at the limit too") {
  ConnectionLimits limits(two_per_address());
  auto first = limits.admit(kAlice);
  auto second = limits.admit(kAlice);
  const auto kept = limits.keep(kAlice, kAlice);
  CHECK(kept);
  second.reset();
  CHECK_FALSE(limits.admit(kAlice));
}

TEST_CASE("behind a trusted proxy each client has its own places, and the proxy no limit") {
  ConnectionLimits limits(two_per_address());
  std::vector<std::optional<ConnectionLimits::Place>> connections;
  for (int i = 0; i < 10; ++i) CHECK(connections.emplace_back(limits.admit(kProxy)));
  auto first = limits.keep(kProxy, kAlice);
  const auto second = limits.keep(kProxy, kAlice);
  CHECK(second);
  CHECK_FALSE(limits.keep(kProxy, kAlice));
  CHECK(limits.keep(kProxy, kBob));
  first.reset();
  CHECK(limits.keep(kProxy, kAlice));
}

TEST_CASE("so many handshakes may be pending, whoever they are of") {
  ConnectionLimits limits({.per_address = 0, .pending_handshakes = 1, .trusted_proxies = {}});
  const auto place = limits.admit(kAlice);
  CHECK(place);
  CHECK_FALSE(limits.admit(kBob));
  limits.settled();
  CHECK(limits.admit(kBob));
}

}  // namespace
}  // namespace kith
