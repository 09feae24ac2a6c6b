#include "tests/support/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>

namespace kith::test {

Listening listen_on_loopback() {
  Listening out;
  out.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (out.fd < 0 || ::bind(out.fd, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::getsockname(out.fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      ::listen(out.fd, 16) != 0) {
    throw std::runtime_error("cannot listen");
  }
  out.port = ntohs(address.sin_port);
  return out;
}

}  // namespace kith::test
