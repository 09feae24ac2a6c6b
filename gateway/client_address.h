// Who is at the other end: the peer, or, where the peer is a proxy that the configuration trusts,
// whom it names in X-Forwarded-For. From anybody else that field is ignored.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>

#include "gateway/config_address.h"
#include "gateway/http_message.h"

namespace kith {

struct ClientAddress {
  std::string text;
  bool loopback = false;  // not limited per address
};

// Goes from the right through the list, over the trusted proxies, to the first address that is none
// of them; where an entry is no address, the proxy that sent it stands for it.
ClientAddress client_address(const boost::asio::ip::address& peer, const HttpHead& head,
                             const AddressRanges& trusted_proxies);

}  // namespace kith
