#include "gateway/config_address.h"

#include <doctest/doctest.h>

namespace kith {

TEST_CASE("address ranges hold what is in them, mapped IPv4 too") {
  const auto ranges = AddressRanges::parse({"10.0.0.0/9", "192.168.1.1", "fd00::/8", "0.0.0.0/0"});
  REQUIRE(ranges);
  const auto narrow = AddressRanges::parse({"10.0.0.0/9", "192.168.1.1", "fd00::/8"});
  REQUIRE(narrow);
  const auto in = [&](const char* text) {
    return narrow->contains(boost::asio::ip::make_address(text));
  };
  CHECK(in("10.127.255.255"));
  CHECK(in("::ffff:10.1.1.1"));
  CHECK(in("192.168.1.1"));
  CHECK(in("fdff::1"));
  CHECK_FALSE(in("10.128.0.0"));
  CHECK_FALSE(in("192.168.1.2"));
  CHECK_FALSE(in("fe00::1"));
  CHECK(ranges->contains(boost::asio::ip::make_address("8.8.8.8")));
  CHECK_FALSE(AddressRanges::parse({"10.0.0.0/"}));
  CHECK_FALSE(AddressRanges::parse({"10.0.0.0/+8"}));
  CHECK_FALSE(AddressRanges::parse({""}));
}

TEST_CASE("a proxy that is listed as mapped IPv4 is trusted") {
  const auto in = [](const char* range, const char* text) {
    const auto ranges = AddressRanges::parse({range});
    REQUIRE(ranges);
    return ranges->contains(boost::asio::ip::make_address(text));
  };
  CHECK(in("::ffff:10.0.0.1", "10.0.0.1"));
  CHECK(in("::ffff:10.0.0.0/104", "::ffff:10.255.0.1"));
  CHECK_FALSE(in("::ffff:10.0.0.0/104", "11.0.0.1"));
  CHECK_FALSE(AddressRanges::parse({"::ffff:10.0.0.0/90"}));
}

TEST_CASE("an address does not end at a NUL") {
  CHECK_FALSE(AddressRanges::parse({std::string("10.0.0.1\0.evil", 14)}));
  CHECK_FALSE(parse_listen_address(std::string_view("127.0.0.1\0:80", 13)));
}

}  // namespace kith
