#include "bench/http_connection.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <exception>
#include <thread>

#include "bench/connect_any.h"

namespace kith::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::chrono::seconds kAnswerWithin{30};
constexpr std::chrono::milliseconds kAskAgain{200};
constexpr int kUnavailable = 503;
constexpr std::uint64_t kBodyBytesMax = 8ULL * 1024 * 1024;

http::request<http::string_body> request_of(const HttpCall& call, const Target& target) {
  http::request<http::string_body> request(http::string_to_verb(call.method), call.path, 11);
  request.set(http::field::host, target.host + ":" + target.port);
  if (!call.token.empty()) request.set(http::field::authorization, "Bearer " + call.token);
  if (!call.idempotency_key.empty()) request.set("Idempotency-Key", call.idempotency_key);
  if (call.body.empty()) {
    // A POST without a body says so.
    if (request.method() != http::verb::get) request.content_length(0);
    return request;
  }
  request.set(http::field::content_type, "application/json");
  request.body() = call.body;
  request.prepare_payload();
  return request;
}

std::optional<std::chrono::seconds> retry_after(const http::response<http::string_body>& response) {
  const auto text = response[http::field::retry_after];
  unsigned seconds = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return std::chrono::seconds(seconds);
}

Awaitable<void> ask(HttpConnection* connection, const HttpCall* call, HttpReply* reply) {
  *reply = co_await connection->send(*call);
}

}  // namespace

HttpReply ask_once(const Target& target, const HttpCall& call) {
  asio::io_context io{1};
  HttpConnection connection(io, target, 0);
  HttpReply reply;
  asio::co_spawn(io, ask(&connection, &call, &reply), [](const std::exception_ptr& exception) {
    if (exception) std::rethrow_exception(exception);
  });
  io.run();
  return reply;
}

HttpReply ask_patiently(const Target& target, const HttpCall& call,
                        std::chrono::milliseconds within) {
  const auto until = Clock::now() + within;
  for (;;) {
    HttpReply reply = ask_once(target, call);
    const bool passing = reply.status == 0 || reply.status == kUnavailable;
    if (!passing || Clock::now() + kAskAgain >= until) return reply;
    std::this_thread::sleep_for(kAskAgain);
  }
}

HttpConnection::HttpConnection(asio::io_context& io, const Target& target, std::size_t number)
    : io_(io), target_(target), number_(number) {}

Awaitable<boost::system::error_code> HttpConnection::connect() {
  tcp::resolver resolver(io_);
  auto [unresolved, found] = co_await resolver.async_resolve(target_.host, target_.port, kAwait);
  if (unresolved) co_return unresolved;
  std::vector<tcp::endpoint> addresses;
  for (const auto& entry : found) addresses.push_back(entry.endpoint());
  stream_ = std::make_unique<Stream>(io_.get_executor());
  boost::system::error_code error = co_await connect_any(
      stream_->socket(), std::move(addresses), {.number = number_, .gives_up_soon = true});
  if (!error) stream_->socket().set_option(tcp::no_delay(true), error);
  buffer_.clear();
  co_return error;
}

HttpReply HttpConnection::broken(boost::system::error_code error) {
  stream_.reset();
  const bool own_fault = error == asio::error::no_descriptors;
  return {.status = 0, .trouble = own_fault ? std::string(kOutOfDescriptors) : error.message()};
}

Awaitable<HttpReply> HttpConnection::send(const HttpCall& call) {
  if (!stream_) {
    if (const auto error = co_await connect(); error) co_return broken(error);
    if (closed_) co_return broken(asio::error::operation_aborted);
  }
  const auto request = request_of(call, target_);
  stream_->expires_after(kAnswerWithin);
  auto [unsent, sent] = co_await http::async_write(*stream_, request, kAwait);
  if (unsent) co_return broken(unsent);
  http::response_parser<http::string_body> parser;
  parser.body_limit(kBodyBytesMax);
  auto [unread, read] = co_await http::async_read(*stream_, buffer_, parser, kAwait);
  if (unread) co_return broken(unread);
  auto response = parser.release();
  HttpReply reply{.status = static_cast<int>(response.result_int()),
                  .body = std::move(response.body()),
                  .retry_after = retry_after(response)};
  if (!response.keep_alive()) stream_.reset();
  co_return reply;
}

void HttpConnection::close() {
  closed_ = true;
  if (stream_) stream_->close();
}

}  // namespace kith::bench
