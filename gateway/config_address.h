// Addresses as the configuration writes them: where to listen, and whose word to trust.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"

namespace kith {

// "127.0.0.1:8080", "[::1]:8080", "localhost:8080"; port 0 lets the system choose. No names beside
// localhost: where to listen must not depend on a resolver. Errors: bad_request.
Result<boost::asio::ip::tcp::endpoint> parse_listen_address(std::string_view text);

// IPv4 addresses mapped into IPv6 (::ffff:1.2.3.4) come back as IPv4.
boost::asio::ip::address unmapped(const boost::asio::ip::address& address);

// One address or a range in CIDR notation ("10.0.0.0/8", "::1").
class AddressRange {
 public:
  static std::optional<AddressRange> parse(std::string_view text);
  bool contains(const boost::asio::ip::address& address) const;

 private:
  boost::asio::ip::address base_;
  unsigned prefix_bits_ = 0;
};

class AddressRanges {
 public:
  // Errors: bad_request.
  static Result<AddressRanges> parse(const std::vector<std::string>& texts);
  bool contains(const boost::asio::ip::address& address) const;

 private:
  std::vector<AddressRange> ranges_;
};

}  // namespace kith
