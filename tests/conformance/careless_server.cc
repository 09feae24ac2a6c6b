#include "tests/conformance/careless_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace kith::test {
namespace {

constexpr int kGlanceMs = 20;  // at whether it is over

}  // namespace

bool readable_within(int socket, int timeout_ms) {
  pollfd entry{.fd = socket, .events = POLLIN, .revents = 0};
  return poll(&entry, 1, timeout_ms) > 0;
}

CarelessServer::CarelessServer(Serve serve) : serve_(std::move(serve)) {
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
    if (!readable_within(listening_, kGlanceMs)) continue;
    const int socket = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    serve_(socket);
    close(socket);
  }
}

}  // namespace kith::test
