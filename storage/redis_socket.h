// A TCP connection to Redis, in the clear or in TLS (rediss://). TLS checks the server's
// certificate against its name and the authorities of the machine, or the one of
// RedisAddress::ca_file.
//
// Thread: its io_context's. Every operation ends when close() is called, though connect() only once
// the resolver has answered where the host is a name.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocol/result.h"

namespace kith {

struct RedisAddress {
  std::string host = "127.0.0.1";  // a name or a literal address
  std::uint16_t port = 6379;
  bool tls = false;
  std::string user{};      // empty: Redis' "default"
  std::string password{};  // empty: no login
  std::string ca_file{};   // TLS: PEM; empty: the machine's authorities
};

// Of all connections to that address: reads ca_file. Null without TLS. Errors: bad_request where it
// cannot be read.
Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const RedisAddress& address);

class RedisSocket {
 public:
  // `tls` is make_tls_context()'s.
  RedisSocket(const boost::asio::any_io_executor& executor, const RedisAddress& address,
              std::shared_ptr<boost::asio::ssl::context> tls);

  // Errors are for people: unavailable, with what failed.
  boost::asio::awaitable<Status> connect();
  // At least one byte.
  boost::asio::awaitable<Result<std::size_t>> read(std::span<char> into);
  boost::asio::awaitable<Status> write(std::string_view bytes);
  void close();

 private:
  boost::asio::awaitable<Status> connect_tcp();

  const RedisAddress& address_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::ip::tcp::resolver resolver_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  bool closed_ = false;
};

}  // namespace kith
