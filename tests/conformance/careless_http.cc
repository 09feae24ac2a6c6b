#include <sys/socket.h>

#include <array>
#include <string>
#include <string_view>

#include "tests/conformance/careless_server.h"

namespace kith::test {
namespace {

constexpr int kPatienceMs = 400;  // with a client that says nothing more

std::string named(std::string_view head) {
  constexpr std::string_view kName = "X-Correlation-Id: ";
  const auto at = head.find(kName);
  if (at == std::string_view::npos) return "none";
  const auto value = head.substr(at + kName.size());
  return std::string(value.substr(0, value.find('\r')));
}

// All that an answer must have, so that nothing but its being there is wrong.
std::string answer(int status, const std::string& id, bool closes) {
  const std::string body =
      status == 200
          ? "{}"
          : R"({"title":"x","status":400,"code":"bad_request","correlation_id":")" + id + "\"}";
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nServer: kith\r\nDate: x GMT\r\n" +
         "Content-Type: application/" + (status == 200 ? "" : "problem+") +
         "json\r\nContent-Length: " + std::to_string(body.size()) + "\r\nX-Correlation-Id: " + id +
         "\r\nConnection: " + (closes ? "close" : "keep-alive") + "\r\n\r\n" + body;
}

}  // namespace

void serve_carelessly(Carelessness kind, int socket) {
  std::string buffered;
  std::array<char, 65536> block;
  bool refuses = kind == Carelessness::refuses_alone;
  while (readable_within(socket, kPatienceMs)) {
    const ssize_t got = recv(socket, block.data(), block.size(), 0);
    if (got <= 0) return;
    buffered.append(block.data(), static_cast<std::size_t>(got));
    for (auto end = buffered.find("\r\n\r\n"); end != std::string::npos;
         end = buffered.find("\r\n\r\n")) {
      const std::string head = buffered.substr(0, end + 2);
      buffered.erase(0, end + 4);
      const bool closes = head.find("Connection: close") != std::string::npos;
      const std::string text = answer(refuses ? 400 : 200, named(head), closes);
      refuses = false;
      if (send(socket, text.data(), text.size(), MSG_NOSIGNAL) < 0 || closes) return;
    }
  }
}

}  // namespace kith::test
