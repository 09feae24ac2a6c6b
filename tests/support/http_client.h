// One HTTP/1.1 connection, kept alive; opened anew where the server has closed it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/json.h"
#include "tests/support/socket.h"

namespace kith::test {

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // by lower-case name
  std::string body;

  Json json() const { return body.empty() ? Json() : Json::parse(body); }
  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

struct HttpRequest {
  std::string method = "GET";
  std::string path = "/";
  std::string body{};  // sent as application/json where it is not empty
  std::string token{};
  std::vector<std::pair<std::string, std::string>> headers{};
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port) : port_(port) {}

  HttpResponse send(const HttpRequest& request);
  // Bytes as they are, and the answer to them.
  HttpResponse send_raw(std::string_view bytes);

  HttpResponse get(std::string path, std::string token = {});
  HttpResponse post(std::string path, std::string body, std::string token = {});
  HttpResponse patch(std::string path, std::string body, std::string token = {});
  HttpResponse del(std::string path, std::string token = {});

 private:
  HttpResponse receive();

  std::uint16_t port_;
  Socket socket_;
  std::string buffered_;
};

}  // namespace kith::test
