#include "bench/connect_any.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

namespace kith::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Many connections from one machine to one port need more than one source address.
void bind_source(Socket& socket, std::size_t number, boost::system::error_code& error) {
  const std::uint32_t address = source_address(number);
  if (address == source_address(0)) return;  // which the kernel takes by itself
  const int on = 1;
  ::setsockopt(socket.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  socket.bind(tcp::endpoint(asio::ip::address_v4(address), 0), error);
}

void open(Socket& socket, const tcp::endpoint& endpoint, const SocketPlan& plan,
          boost::system::error_code& error) {
  boost::system::error_code ignored;  // what the address before has left
  socket.close(ignored);
  socket.open(endpoint.protocol(), error);
  if (error) return;
  const int handle = socket.native_handle();
  // A machine that is gone answers nothing, and the kernel would ask it for two minutes. Two
  // repeats are 7 s.
  const int repeats = 2;
  if (plan.gives_up_soon) {
    ::setsockopt(handle, IPPROTO_TCP, TCP_SYNCNT, &repeats, sizeof repeats);
  }
  // Before it connects: then the window never opens wider.
  const int buffer = plan.receive_buffer_bytes;
  if (buffer > 0) ::setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  if (endpoint.address().is_v4() && endpoint.address().is_loopback()) {
    bind_source(socket, plan.number, error);
  }
}

}  // namespace

Awaitable<boost::system::error_code> connect_any(Socket& socket,
                                                 std::vector<tcp::endpoint> endpoints,
                                                 SocketPlan plan) {
  plan.gives_up_soon = plan.gives_up_soon || endpoints.size() > 1;
  boost::system::error_code error = asio::error::host_not_found;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    error = {};
    open(socket, endpoints[i], plan, error);
    if (!error) {
      auto [failed] = co_await socket.async_connect(endpoints[i], kAwait);
      error = failed;
    }
    if (!error || error == asio::error::operation_aborted || error == asio::error::no_descriptors) {
      break;
    }
  }
  co_return error;
}

}  // namespace kith::bench
