#include "bench/http_post.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace kith::bench {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr std::chrono::seconds kPatience{10};

}  // namespace

Posted post_json(const Target& target, std::string_view path, std::string_view token,
                 std::string body) {
  asio::io_context io;
  beast::tcp_stream stream(io);
  boost::system::error_code error;
  const auto endpoints = asio::ip::tcp::resolver(io).resolve(target.host, target.port, error);
  if (error) return {};
  stream.expires_after(kPatience);
  http::request<http::string_body> request(http::verb::post, std::string(path), 11);
  request.set(http::field::host, target.host + ":" + target.port);
  request.set(http::field::connection, "close");
  request.set(http::field::content_type, "application/json");
  request.set(http::field::authorization, "Bearer " + std::string(token));
  request.body() = std::move(body);
  request.prepare_payload();
  http::response_parser<http::string_body> response;
  beast::flat_buffer buffer;
  bool answered = false;
  // Timeouts of a tcp_stream hold for asynchronous calls alone.
  stream.async_connect(endpoints, [&](boost::system::error_code failed, const auto&) {
    if (failed) return;
    http::async_write(stream, request, [&](boost::system::error_code unsent, std::size_t) {
      if (unsent) return;
      http::async_read(stream, buffer, response,
                       [&](boost::system::error_code unread, std::size_t) { answered = !unread; });
    });
  });
  io.run();
  if (!answered) return {};
  return {.status = response.get().result_int(), .body = response.get().body()};
}

}  // namespace kith::bench
