// Which addresses a web hook may be sent to: public ones, and those that the operator has named. A
// name is looked up by whoever sends the hook, and what it resolved to could be anything, the
// services of this machine's own network above all (OWASP: server-side request forgery). So it is
// the very address that is about to be connected to that is checked.
#pragma once

#include <boost/asio/ip/address.hpp>

#include "gateway/config_address.h"

namespace kith {

// Globally reachable unicast (IANA's special-purpose registries, RFC 6890). An IPv4 address within
// an IPv6 one (mapped, 6to4, NAT64) is never let through as IPv6.
bool is_public_address(const boost::asio::ip::address& address);

class AddressPolicy {
 public:
  explicit AddressPolicy(AddressRanges allowed) : allowed_(std::move(allowed)) {}
  bool allows(const boost::asio::ip::address& address) const {
    return is_public_address(address) || allowed_.contains(unmapped(address));
  }

 private:
  AddressRanges allowed_;
};

}  // namespace kith
