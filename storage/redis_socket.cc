#include "storage/redis_socket.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace kith {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto kAwaitSocket = asio::as_tuple(asio::use_awaitable);

Error broken(std::string_view what, const error_code& error) {
  const bool ended = error == asio::error::eof || error == ssl::error::stream_truncated;
  return fail(ErrorCode::unavailable,
              std::string(what) + ": " + (ended ? "closed by Redis" : error.message()));
}

Error closed_by_us() {
  return fail(ErrorCode::unavailable, "closed");
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_tls_context(const RedisAddress& address) {
  if (!address.tls) return std::shared_ptr<ssl::context>();
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  context->set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  context->set_verify_mode(ssl::verify_peer);
  error_code error;
  if (address.ca_file.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(address.ca_file, error);
  }
  if (error) {
    return fail(ErrorCode::bad_request,
                "bus.ca_file: cannot be read as PEM certificates: " + error.message());
  }
  return context;
}

RedisSocket::RedisSocket(const asio::any_io_executor& executor, const RedisAddress& address,
                         std::shared_ptr<ssl::context> tls)
    : address_(address), context_(std::move(tls)), socket_(executor), resolver_(executor) {}

asio::awaitable<Status> RedisSocket::connect_tcp() {
  error_code literal;
  const auto numeric = asio::ip::make_address(address_.host, literal);
  std::vector<tcp::endpoint> endpoints;
  if (!literal) {
    endpoints.emplace_back(numeric, address_.port);
  } else {
    auto [error, found] = co_await resolver_.async_resolve(
        address_.host, std::to_string(address_.port), kAwaitSocket);
    if (error) co_return broken("cannot resolve the host", error);
    for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  }
  if (closed_) co_return closed_by_us();
  const auto [error, endpoint] = co_await asio::async_connect(socket_, endpoints, kAwaitSocket);
  if (error) co_return broken("cannot connect", error);
  if (closed_) co_return closed_by_us();
  error_code ignored;  // it works without, only slower
  socket_.set_option(tcp::no_delay(true), ignored);
  co_return Nothing{};
}

asio::awaitable<Status> RedisSocket::connect() {
  if (auto connected = co_await connect_tcp(); !connected) co_return connected;
  if (context_ == nullptr) co_return Nothing{};
  tls_.emplace(socket_, *context_);
  tls_->set_verify_callback(ssl::host_name_verification(address_.host));
  error_code literal;
  asio::ip::make_address(address_.host, literal);
  // RFC 6066 section 3: a literal address is no name to be told of.
  if (literal) SSL_set_tlsext_host_name(tls_->native_handle(), address_.host.c_str());
  const auto [error] = co_await tls_->async_handshake(ssl::stream_base::client, kAwaitSocket);
  if (error) co_return broken("no TLS", error);
  if (closed_) co_return closed_by_us();
  co_return Nothing{};
}

asio::awaitable<Result<std::size_t>> RedisSocket::read(std::span<char> into) {
  const auto buffer = asio::buffer(into.data(), into.size());
  if (!tls_) {
    const auto [error, bytes] = co_await socket_.async_read_some(buffer, kAwaitSocket);
    if (error) co_return broken("reading", error);
    co_return bytes;
  }
  const auto [error, bytes] = co_await tls_->async_read_some(buffer, kAwaitSocket);
  if (error) co_return broken("reading", error);
  co_return bytes;
}

asio::awaitable<Status> RedisSocket::write(std::string_view bytes) {
  const auto buffer = asio::buffer(bytes);
  if (!tls_) {
    const auto [error, written] = co_await asio::async_write(socket_, buffer, kAwaitSocket);
    if (error) co_return broken("writing", error);
    co_return Nothing{};
  }
  const auto [error, written] = co_await asio::async_write(*tls_, buffer, kAwaitSocket);
  if (error) co_return broken("writing", error);
  co_return Nothing{};
}

void RedisSocket::close() {
  closed_ = true;
  resolver_.cancel();
  error_code ignored;  // what is closed already is closed
  socket_.close(ignored);
}

}  // namespace kith
