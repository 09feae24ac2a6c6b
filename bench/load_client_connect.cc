// How a LoadClient gets a connection: which node it tries, how long it waits before it tries again.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "bench/connect_any.h"
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

// Why it is no WebSocket server that was asked, or none at that path; empty: it may yet be one.
std::string no_such_server(boost::system::error_code error,
                           const websocket::response_type& answer) {
  if (error == websocket::error::upgrade_declined) {
    return fmt::format("the upgrade was answered with {}", answer.result_int());
  }
  const bool broke_off =
      error == http::error::end_of_stream || error == http::error::partial_message;
  const bool of_http =
      error.category() == http::make_error_code(http::error::bad_version).category();
  const bool of_websocket =
      error.category() == websocket::make_error_code(websocket::error::bad_http_version).category();
  if (broke_off || (!of_http && !of_websocket)) return {};
  return fmt::format("what listens there is no WebSocket server ({})", error.message());
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
  std::vector<tcp::endpoint> addresses;
  for (const auto& entry : endpoints) addresses.push_back(entry.endpoint());
  Socket& socket = stream_->next_layer();
  boost::system::error_code error =
      co_await connect_any(socket, std::move(addresses),
                           {.number = number_,
                            .gives_up_soon = several_nodes(),
                            .receive_buffer_bytes = plan_.receive_buffer_bytes});
  if (error == asio::error::no_descriptors) give_up(kOutOfDescriptors);
  if (error) attempt_failed(error.message());
  if (error || stopping_) co_return false;
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
  const bool declined = error == websocket::error::upgrade_declined;
  const bool passing =
      declined && (status == 503 || status == 429 || (several_nodes() && status >= 500));
  // Of a server that was one before, anything may stand in the way for a while.
  const std::string why =
      passing || (was_ready_ && !declined) ? std::string() : no_such_server(error, response);
  if (!why.empty()) give_up((several_nodes() ? node().url + ": " : "") + why);
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
