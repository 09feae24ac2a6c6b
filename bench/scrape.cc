#include "bench/scrape.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <cstdlib>
#include <string>

namespace kith::bench {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr std::chrono::seconds kScrapePatience{5};

}  // namespace

std::optional<double> sum_of_metric(std::string_view text, std::string_view metric) {
  std::optional<double> sum;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (!line.starts_with(metric)) continue;
    const std::string_view rest = line.substr(metric.size());
    if (rest.empty() || (rest.front() != ' ' && rest.front() != '{')) continue;
    const auto value = line.rfind(' ');
    sum = sum.value_or(0) + std::strtod(std::string(line.substr(value + 1)).c_str(), nullptr);
  }
  return sum;
}

std::optional<double> scrape(const Target& target, std::string_view metric) {
  asio::io_context io;
  beast::tcp_stream stream(io);
  boost::system::error_code error;
  const auto endpoints = asio::ip::tcp::resolver(io).resolve(target.host, target.port, error);
  if (error) return std::nullopt;
  stream.expires_after(kScrapePatience);
  http::request<http::empty_body> request(http::verb::get, "/metrics", 11);
  request.set(http::field::host, target.host + ":" + target.port);
  request.set(http::field::connection, "close");
  http::response_parser<http::string_body> response;
  beast::flat_buffer buffer;
  // Timeouts of a tcp_stream hold for asynchronous calls alone.
  bool answered = false;
  stream.async_connect(endpoints, [&](boost::system::error_code failed, const auto&) {
    if (failed) return;
    http::async_write(stream, request, [&](boost::system::error_code unsent, std::size_t) {
      if (unsent) return;
      http::async_read(stream, buffer, response,
                       [&](boost::system::error_code unread, std::size_t) { answered = !unread; });
    });
  });
  io.run();
  if (!answered || response.get().result() != http::status::ok) return std::nullopt;
  return sum_of_metric(response.get().body(), metric);
}

std::optional<double> scrape(const std::vector<Node>& nodes, std::string_view metric) {
  std::optional<double> sum;
  for (const Node& node : nodes) {
    const auto one = scrape(node.target, metric);
    if (!one) return std::nullopt;
    sum = sum.value_or(0) + *one;
  }
  return sum;
}

}  // namespace kith::bench
