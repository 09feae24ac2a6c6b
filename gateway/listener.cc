#include "gateway/listener.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "gateway/log.h"

namespace kith {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

using ReusePort = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
constexpr auto kPause = 100ms;

int open_spare() {
  return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

Error cannot_listen(const tcp::endpoint& address, const boost::system::error_code& error) {
  return fail(ErrorCode::unavailable,
              fmt::format("cannot listen on {}:{}: {}", address.address().to_string(),
                          address.port(), error.message()));
}

}  // namespace

Status check_address_is_free(const tcp::endpoint& address) {
  boost::asio::io_context io;
  tcp::acceptor probe(io);
  boost::system::error_code error;
  probe.open(address.protocol(), error);
  if (!error) probe.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) probe.bind(address, error);
  if (error) return cannot_listen(address, error);
  return Nothing{};
}

Listener::Listener(boost::asio::io_context& io, OnAccept on_accept)
    : io_(io),
      acceptor_(io),
      pause_(io),
      on_accept_(std::move(on_accept)),
      spare_descriptor_(open_spare()) {}

Listener::~Listener() {
  if (spare_descriptor_ >= 0) ::close(spare_descriptor_);
}

Status Listener::listen(const tcp::endpoint& address) {
  boost::system::error_code error;
  acceptor_.open(address.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.set_option(ReusePort(true), error);
  if (!error) acceptor_.bind(address, error);
  if (!error) acceptor_.listen(4096, error);
  if (!error) return Nothing{};
  return cannot_listen(address, error);
}

tcp::endpoint Listener::address() const {
  return acceptor_.local_endpoint();
}

void Listener::start() {
  boost::asio::co_spawn(io_, accept_all(), [](const std::exception_ptr& failure) {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      log_event(LogLevel::error, "listener.failed", {{"reason", error.what()}});
    }
  });
}

void Listener::stop() {
  boost::system::error_code ignored;  // it is going either way
  acceptor_.close(ignored);
  pause_.cancel();
}

boost::asio::awaitable<void> Listener::accept_all() {
  while (acceptor_.is_open()) {
    boost::system::error_code error;
    ClientSocket socket = co_await acceptor_.async_accept(
        boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (!error) {
      on_accept_(std::move(socket));
    } else if (error == boost::asio::error::operation_aborted ||
               error == boost::asio::error::bad_descriptor) {
      co_return;
    } else if (error == boost::asio::error::no_descriptors ||
               error == boost::system::errc::too_many_files_open_in_system) {
      refuse_one();
      pause_.expires_after(kPause);
      co_await pause_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
    // Anything else is the one connection's trouble (it went before it was accepted).
  }
}

void Listener::refuse_one() {
  log_event(LogLevel::warn, "listener.out_of_descriptors");
  if (spare_descriptor_ >= 0) ::close(spare_descriptor_);
  const int accepted = accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
  if (accepted >= 0) ::close(accepted);
  spare_descriptor_ = open_spare();
}

}  // namespace kith
