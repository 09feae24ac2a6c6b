// Where a web hook may be sent to, and where not.
#include "gateway/outgoing/address_policy.h"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "gateway/outgoing/signed_post.h"

namespace kith {
namespace {

bool is_public(const char* text) {
  return is_public_address(boost::asio::ip::make_address(text));
}

TEST_CASE("public addresses are let through") {
  for (const char* text :
       {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.1", "169.253.255.255", "172.15.255.255", "172.32.0.0",
        "192.167.255.255", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111",
        "2a00:1450::1", "::ffff:8.8.8.8"}) {
    CAPTURE(text);
    CHECK(is_public(text));
  }
}

TEST_CASE("what leads into somebody's own network is not") {
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.1",
                           "10.255.255.255",
                           "100.64.0.1",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.255.254",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.8",
                           "192.0.2.1",
                           "192.88.99.1",
                           "192.168.0.1",
                           "198.18.0.1",
                           "198.19.255.255",
                           "198.51.100.7",
                           "203.0.113.9",
                           "224.0.0.1",
                           "239.255.255.255",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::7f00:1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::ffff:169.254.169.254",
                           "64:ff9b::7f00:1",
                           "64:ff9b:1::1",
                           "100::1",
                           "2001::1",
                           "2001:db8::1",
                           "2002:7f00:1::",
                           "3fff:fff::1",
                           "fc00::1",
                           "fd12:3456::1",
                           "fe80::1",
                           "fec0::1",
                           "ff02::1"}) {
    CAPTURE(text);
    CHECK_FALSE(is_public(text));
  }
}

TEST_CASE("what the operator has named is let through, and nothing beside it") {
  const auto ranges = AddressRanges::parse({"10.1.0.0/16", "::1"});
  REQUIRE(ranges.ok());
  const AddressPolicy policy(*ranges);
  const auto allows = [&](const char* text) {
    return policy.allows(boost::asio::ip::make_address(text));
  };
  CHECK(allows("10.1.2.3"));
  CHECK(allows("::ffff:10.1.2.3"));
  CHECK(allows("::1"));
  CHECK(allows("8.8.8.8"));
  CHECK_FALSE(allows("10.2.0.1"));
  CHECK_FALSE(allows("127.0.0.1"));
  CHECK_FALSE(AddressPolicy(AddressRanges{}).allows(boost::asio::ip::make_address("10.1.2.3")));
}

// What a post to this host and port came to, with these ranges allowed.
std::string reason_of_post(const std::string& host, unsigned port,
                           const std::vector<std::string>& allowed) {
  const WebHookOptions options{
      .url = "http://" + host + ":" + std::to_string(port) + "/in",
      .secrets = {*WebHookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")},
      .timeout = std::chrono::seconds(2),
      .policy = AddressPolicy(*AddressRanges::parse(allowed))};
  const std::atomic<bool> stop = false;
  const PostedHook posted = post_signed(options, "dlv_1", "{}", KeepAnswer::no, stop);
  CHECK_FALSE(posted.outcome.sent);
  return posted.outcome.reason;
}

// inet_aton's ways to write 127.0.0.1, which resolvers take to this day and asio does not.
TEST_CASE("this machine is not connected to, however its address is written") {
  namespace ip = boost::asio::ip;
  boost::asio::io_context context;
  ip::tcp::acceptor listener(context, {ip::address_v4::loopback(), 0});
  listener.non_blocking(true);
  const unsigned port = listener.local_endpoint().port();
  const std::vector<std::string> hosts = {"127.0.0.1",    "2130706433",         "0177.1",
                                          "0x7f.1",       "0x7f000001",         "127.1",
                                          "017700000001", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"};
  constexpr const char* kRefused = "the receiver's address is not one that may be connected to";
  for (const std::string& host : hosts) {
    CAPTURE(host);
    CHECK(reason_of_post(host, port, {}) == kRefused);
    CHECK(reason_of_post(host, port, {"10.0.0.0/8"}) == kRefused);
  }
  boost::system::error_code nobody;
  listener.accept(nobody);
  CHECK(nobody == boost::asio::error::would_block);
  // It was the address that was refused, not the way it is written.
  listener.close();
  for (const std::string& host : hosts) {
    CAPTURE(host);
    CHECK(reason_of_post(host, port, {"127.0.0.0/8"}) != kRefused);
  }
}

}  // namespace
}  // namespace kith
