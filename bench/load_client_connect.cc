// How a LoadClient gets a connection: which node it tries, how long it waits before it tries again.
#include <fmt/format.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <charconv>

#include "bench/load_client.h"

namespace kith::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;

constexpr std::chrono::milliseconds kBackOffBase{100};
constexpr std::chrono::milliseconds kBackOffMax{5'000};

// Many connections from one machine to one port need more than one source address.
void bind_source(Socket& socket, std::size_t number, boost::system::error_code& error) {
  const std::uint32_t address = source_address(number);
  if (address == source_address(0)) return;  // which the kernel takes by itself
  socket.open(tcp::v4(), error);
  if (error) return;
  const int on = 1;
  ::setsockopt(socket.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  socket.bind(tcp::endpoint(asio::ip::address_v4(address), 0), error);
}

// A machine that is gone answers nothing, and the kernel would ask it for two minutes. Two repeats
// are 7 s.
void give_up_soon(Socket& socket, const tcp::endpoint& endpoint, boost::system::error_code& error) {
  if (!socket.is_open()) socket.open(endpoint.protocol(), error);
  if (error) return;
  const int repeats = 2;
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_SYNCNT, &repeats, sizeof repeats);
}

}  // namespace

bool LoadClient::several_nodes() const {
  return context_.shared.several_nodes();
}

const Node& LoadClient::node() const {
  return context_.options.nodes[node_];
}

void LoadClient::choose_node() {
  const std::size_t nodes = context_.options.nodes.size();
  node_ = (context_.shared.homes[number_] + attempts_++) % nodes;
}

// Which has not asked for patience, so that there is no need to wait as long as this one said.
bool LoadClient::next_is_another_node() const {
  return attempts_ > 0 && attempts_ % context_.options.nodes.size() != 0;
}

std::chrono::milliseconds LoadClient::back_off() {
  if (told_delay_) return *std::exchange(told_delay_, std::nullopt);
  const auto ceiling =
      std::min(kBackOffMax.count(), kBackOffBase.count() << std::min(failures_, 10U));
  ++failures_;
  std::uniform_int_distribution<std::int64_t> jitter(0, ceiling);
  return std::chrono::milliseconds(jitter(context_.random));
}

Awaitable<bool> LoadClient::connect() {
  tcp::resolver resolver(context_.io);
  const Target& target = node().target;
  auto [resolve_error, endpoints] =
      co_await resolver.async_resolve(target.host, target.port, kAwait);
  if (resolve_error) {
    attempt_failed(resolve_error.message());
    // Its name was known when the run began: where there are other nodes, that is this one's fault.
    if (!several_nodes()) give_up(resolve_error.message());
    co_return false;
  }
  Socket& socket = stream_->next_layer();
  boost::system::error_code error;
  const auto address = endpoints.begin()->endpoint().address();
  if (address.is_v4() && address.is_loopback()) bind_source(socket, number_, error);
  if (!error && several_nodes()) give_up_soon(socket, endpoints.begin()->endpoint(), error);
  if (error) {
    give_up(fmt::format("no socket: {}", error.message()));
    co_return false;
  }
  auto [connect_error] = co_await socket.async_connect(*endpoints.begin(), kAwait);
  if (connect_error == asio::error::no_descriptors) give_up("out of file descriptors");
  if (connect_error) attempt_failed(connect_error.message());
  if (connect_error || stopping_) co_return false;
  socket.set_option(tcp::no_delay(true), error);
  co_return !error;
}

Awaitable<bool> LoadClient::upgrade() {
  stream_->set_option(
      websocket::stream_base::timeout{.handshake_timeout = std::chrono::seconds(15),
                                      .idle_timeout = websocket::stream_base::none(),
                                      .keep_alive_pings = false});
  stream_->read_message_max(4 * 1024 * 1024);
  websocket::response_type response;
  const Target& target = node().target;
  auto [error] = co_await stream_->async_handshake(response, target.host + ":" + target.port,
                                                   target.path, kAwait);
  if (!error) co_return !stopping_;
  const auto status = response.result_int();
  attempt_failed(error == websocket::error::upgrade_declined ? fmt::format("HTTP {}", status)
                                                             : error.message());
  // What stands before several nodes may answer for one that is gone.
  const bool passing = status == 503 || status == 429 || (several_nodes() && status >= 500);
  if (error == websocket::error::upgrade_declined && !passing) {
    give_up(fmt::format("{}the upgrade was answered with {}",
                        several_nodes() ? node().url + ": " : "", status));
  }
  const auto retry_after = response[http::field::retry_after];
  unsigned seconds = 0;
  if (std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), seconds).ec ==
          std::errc{} &&
      seconds > 0 && !next_is_another_node()) {
    std::uniform_int_distribution<std::int64_t> jitter(0, std::int64_t{seconds} * 1000);
    told_delay_ = std::chrono::milliseconds(jitter(context_.random));
  }
  co_return false;
}

}  // namespace kith::bench
