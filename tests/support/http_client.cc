#include "tests/support/http_client.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "tests/support/wire_watch.h"

namespace kith::test {
namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

HttpResponse parse_head(std::string_view head) {
  HttpResponse response;
  if (!head.starts_with("HTTP/1.1 ")) throw std::runtime_error("no HTTP: " + std::string(head));
  response.status = std::stoi(std::string(head.substr(9, 3)));
  for (auto end = head.find("\r\n"); end != std::string_view::npos; end = head.find("\r\n")) {
    head.remove_prefix(end + 2);
    const auto line = head.substr(0, head.find("\r\n"));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    auto value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    response.headers[lower(std::string(line.substr(0, colon)))] = std::string(value);
  }
  return response;
}

}  // namespace

HttpResponse HttpClient::send(const HttpRequest& request) {
  std::string bytes = request.method + ' ' + request.path +
                      " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port_) + "\r\n";
  if (!request.token.empty()) bytes += "Authorization: Bearer " + request.token + "\r\n";
  for (const auto& [name, value] : request.headers) bytes += name + ": " + value + "\r\n";
  if (!request.body.empty()) bytes += "Content-Type: application/json\r\n";
  if (!request.body.empty() || request.method == "POST" || request.method == "PATCH") {
    bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  HttpResponse response = send_raw(bytes + "\r\n" + request.body);
  if (wire_watch.answer != nullptr) wire_watch.answer(request, response);
  return response;
}

HttpResponse HttpClient::send_raw(std::string_view bytes) {
  // Whatever waits unasked on a kept connection is its end.
  if (!socket_.open() || socket_.readable()) {
    socket_ = Socket(port_);
    buffered_.clear();
  }
  socket_.send(bytes, Clock::now() + kPatience);
  HttpResponse response = receive();
  if (lower(response.header("connection")) == "close") socket_.close();
  return response;
}

HttpResponse HttpClient::receive() {
  const auto deadline = Clock::now() + kPatience;
  auto more = [&] {
    if (socket_.receive(buffered_, deadline)) return;
    socket_.close();
    throw std::runtime_error("closed in the middle of an answer: " + buffered_);
  };
  std::size_t end = 0;
  while ((end = buffered_.find("\r\n\r\n")) == std::string::npos) more();
  HttpResponse response = parse_head(std::string_view(buffered_).substr(0, end + 2));
  buffered_.erase(0, end + 4);
  const auto length = response.header("content-length");
  const std::size_t bytes = length.empty() ? 0 : std::stoul(length);
  while (buffered_.size() < bytes) more();
  response.body = buffered_.substr(0, bytes);
  buffered_.erase(0, bytes);
  return response;
}

HttpResponse HttpClient::get(std::string path, std::string token) {
  return send({.path = std::move(path), .token = std::move(token)});
}
HttpResponse HttpClient::post(std::string path, std::string body, std::string token) {
  return send({.method = "POST",
               .path = std::move(path),
               .body = std::move(body),
               .token = std::move(token)});
}
HttpResponse HttpClient::patch(std::string path, std::string body, std::string token) {
  return send({.method = "PATCH",
               .path = std::move(path),
               .body = std::move(body),
               .token = std::move(token)});
}
HttpResponse HttpClient::del(std::string path, std::string token) {
  return send({.method = "DELETE", .path = std::move(path), .token = std::move(token)});
}

}  // namespace kith::test
