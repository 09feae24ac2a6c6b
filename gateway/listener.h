// Accepts the connections of one shard. Every shard listens on the same address (SO_REUSEPORT) and
// keeps what it accepts.
//
// Out of file descriptors: one is held in reserve, given up to accept and close the connection that
// waits (so that its client learns of it), and taken again; then accepting pauses for 100 ms.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "gateway/client_socket.h"
#include "protocol/result.h"

namespace kith {

// Listeners of one process share their address, and so would those of two: asks whether anybody
// listens there already. Errors as those of Listener::listen.
Status check_address_is_free(const boost::asio::ip::tcp::endpoint& address);

class Listener {
 public:
  using OnAccept = std::function<void(ClientSocket)>;

  Listener(boost::asio::io_context& io, OnAccept on_accept);
  ~Listener();
  // Errors: unavailable, with one line that names the address.
  Status listen(const boost::asio::ip::tcp::endpoint& address);
  boost::asio::ip::tcp::endpoint address() const;
  void start();
  // Connections that wait to be accepted are refused by the kernel from here on.
  void stop();

 private:
  boost::asio::awaitable<void> accept_all();
  void refuse_one();

  boost::asio::io_context& io_;
  ClientAcceptor acceptor_;
  boost::asio::steady_timer pause_;
  OnAccept on_accept_;
  int spare_descriptor_ = -1;
};

}  // namespace kith
