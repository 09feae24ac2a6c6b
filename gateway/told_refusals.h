// Refusals that somebody looks for in the log, because whoever is refused cannot see why: each of a
// kind is told once a minute, however often it comes.
#pragma once

#include <boost/asio/ip/address.hpp>

#include "gateway/problem.h"
#include "gateway/shard_services.h"

namespace kith {

// TLS or another protocol on the plain port; once per address. `peer` is not unmapped yet.
void tell_of_garbage(ShardServices& services, const boost::asio::ip::address& peer,
                     const Problem& refusal);

// A WebSocket refused for its Origin, which is counted too; once per origin. A browser tells its
// page no more than that the socket failed.
void tell_of_foreign_origin(ShardServices& services, const HttpRequest& request);

}  // namespace kith
