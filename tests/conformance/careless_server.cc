#include "tests/conformance/careless_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kith::test {
namespace {

constexpr int kGlanceMs = 20;     // at whether it is over
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

bool readable(int socket, int timeout_ms) {
  pollfd entry{.fd = socket, .events = POLLIN, .revents = 0};
  return poll(&entry, 1, timeout_ms) > 0;
}

}  // namespace

CarelessServer::CarelessServer(Carelessness kind) : kind_(kind) {
  listening_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (listening_ < 0 || bind(listening_, generic, size) != 0 || listen(listening_, 64) != 0 ||
      getsockname(listening_, generic, &size) != 0) {
    throw std::runtime_error("the careless server cannot listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { accept_all(); });
}

CarelessServer::~CarelessServer() {
  done_ = true;
  thread_.join();
  close(listening_);
}

void CarelessServer::accept_all() {
  while (!done_) {
    if (!readable(listening_, kGlanceMs)) continue;
    const int socket = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    serve(socket);
    close(socket);
  }
}

void CarelessServer::serve(int socket) const {
  std::string buffered;
  std::array<char, 65536> block;
  bool refuses = kind_ == Carelessness::refuses_alone;
  while (readable(socket, kPatienceMs)) {
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
