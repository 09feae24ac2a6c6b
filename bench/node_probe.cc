#include "bench/node_probe.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket.hpp>

#include "bench/json_fields.h"
#include "bench/load_context.h"
#include "bench/seed_file.h"

namespace kith::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

constexpr std::chrono::seconds kPatience{5};

using Stream =
    websocket::stream<beast::basic_stream<asio::ip::tcp, Executor, beast::unlimited_rate_policy>>;

Error wrong(std::string why) {
  return fail(ErrorCode::unavailable, std::move(why));
}

// What it says first, after connection.init.
Result<Greeting> understand(std::string_view frame) {
  simdjson::dom::parser parser;
  simdjson::dom::element object;
  const std::string_view line = frame.substr(0, frame.find('\n'));
  if (parser.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS) {
    return wrong("it does not speak the protocol");
  }
  const std::string_view type = text_of(object, "type");
  if (type == "connection.ready") {
    return Greeting{.epoch = std::string(text_of(object, "epoch")),
                    .build = std::string(text_of(object, "build"))};
  }
  if (type == "connection.closing") {
    const std::uint64_t code = number_of(object, "code");
    return wrong(fmt::format("closed with {} {}{}", code, text_of(object, "reason"),
                             code == kBadToken ? kBadTokenHint : ""));
  }
  return wrong(fmt::format("it answers with {}", line));
}

Error refused(const Stream& stream, boost::system::error_code error) {
  if (error != websocket::error::closed) return wrong(error.message());
  const auto& reason = stream.reason();
  return wrong(
      fmt::format("closed with {} {}", static_cast<unsigned>(reason.code), reason.reason.c_str()));
}

Awaitable<Result<Greeting>> ask(Target target, std::string token) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(executor);
  auto [unknown, endpoints] = co_await resolver.async_resolve(target.host, target.port, kAwait);
  if (unknown) co_return wrong(unknown.message());
  Stream stream(executor);
  auto& socket = beast::get_lowest_layer(stream);
  socket.expires_after(kPatience);
  auto [unreachable, endpoint] = co_await socket.async_connect(endpoints, kAwait);
  if (unreachable) co_return wrong(unreachable.message());
  socket.expires_never();
  stream.set_option(websocket::stream_base::timeout{
      .handshake_timeout = kPatience, .idle_timeout = kPatience, .keep_alive_pings = false});
  websocket::response_type response;
  const std::string host = target.host + ":" + target.port;
  auto [declined] = co_await stream.async_handshake(response, host, target.path, kAwait);
  if (declined == websocket::error::upgrade_declined) {
    co_return wrong(fmt::format("the upgrade was answered with {}", response.result_int()));
  }
  if (declined) co_return wrong(declined.message());
  const std::string init =
      fmt::format(R"({{"type":"connection.init","token":"{}","client":"kith-bench"}})", token);
  auto [unsent, written] = co_await stream.async_write(asio::buffer(init), kAwait);
  if (unsent) co_return refused(stream, unsent);
  beast::flat_buffer buffer;
  auto [unread, read] = co_await stream.async_read(buffer, kAwait);
  if (unread) co_return refused(stream, unread);
  auto greeting = understand({static_cast<const char*>(buffer.cdata().data()), buffer.size()});
  // What it makes of the end is not what was asked for.
  static_cast<void>(co_await stream.async_close(websocket::close_code::normal, kAwait));
  co_return greeting;
}

// A spawned coroutine's own result would have to have a default.
Awaitable<void> ask_into(Target target, std::string token, Result<Greeting>* greeting) {
  *greeting = co_await ask(std::move(target), std::move(token));
}

}  // namespace

Result<Greeting> greet(const Target& target, std::string_view token) {
  asio::io_context io(1);
  Result<Greeting> greeting = wrong("no answer");
  auto over = asio::co_spawn(io.get_executor(), ask_into(target, std::string(token), &greeting),
                             asio::use_future);
  io.run();
  over.get();  // what it has thrown
  return greeting;
}

Status probe(std::vector<Node>& nodes, std::string_view token) {
  std::string epoch;
  for (Node& node : nodes) {
    auto greeting = greet(node.target, token);
    if (!greeting) {
      return fail(greeting.error().code, fmt::format("{}: {}", node.url, greeting.error().message));
    }
    node.build = greeting->build;
    if (&node == &nodes.front()) epoch = greeting->epoch;
    if (greeting->epoch != epoch) {
      return fail(
          ErrorCode::conflict,
          fmt::format("{} has the epoch {}, and {} has {}: they are not nodes of one server",
                      node.url, greeting->epoch, nodes.front().url, epoch));
    }
  }
  return Nothing{};
}

}  // namespace kith::bench
