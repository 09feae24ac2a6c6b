// The socket of a client. Bound to the io_context's own executor: the type-erased one, Asio's
// default, is kept by the socket and by each wait that is under way, and costs an idle connection
// 100 bytes.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace kith {

using ClientSocket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
using ClientAcceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp,
                                                          boost::asio::io_context::executor_type>;

}  // namespace kith
