// A TCP connection to one of the addresses that a name has.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <vector>

#include "bench/load_context.h"

namespace kith::bench {

struct SocketPlan {
  std::size_t number = 0;        // of the client: which loopback address it comes from
  bool gives_up_soon = false;    // on an address that answers nothing: after 7 s
  int receive_buffer_bytes = 0;  // as SO_RCVBUF takes it; 0: what the kernel thinks best
};

// Tries one after the other until one takes it. The error is the last one's; operation_aborted
// where the socket was closed meanwhile; no_descriptors ends it, too.
Awaitable<boost::system::error_code> connect_any(
    Socket& socket, std::vector<boost::asio::ip::tcp::endpoint> endpoints, SocketPlan plan);

}  // namespace kith::bench
