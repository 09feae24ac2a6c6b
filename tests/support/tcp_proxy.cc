#include "tests/support/tcp_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace kith::test {
namespace {

constexpr std::size_t kWaitingMax = 256 * 1024;  // then the sender waits, as on any network

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

TcpProxy::TcpProxy(std::uint16_t target, Filter filter_of_first)
    : target_(target), filter_of_first_(std::move(filter_of_first)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  require(listener_ >= 0, "socket");
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* bound = reinterpret_cast<sockaddr*>(&address);
  require(::bind(listener_, bound, size) == 0, "bind");
  require(::listen(listener_, SOMAXCONN) == 0, "listen");
  require(::getsockname(listener_, bound, &size) == 0, "getsockname");
  port_ = ntohs(address.sin_port);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  require(wake_ >= 0, "eventfd");
  thread_ = std::thread([this] { run(); });
}

TcpProxy::~TcpProxy() {
  stopping_ = true;
  ::eventfd_write(wake_, 1);
  thread_.join();
  for (const Link& link : links_) reset(link);
  ::close(listener_);
  ::close(wake_);
}

void TcpProxy::filter_all(Filter to_target, Filter from_target) {
  const std::lock_guard lock(mutex_);
  to_target_ = std::move(to_target);
  from_target_ = std::move(from_target);
}

std::size_t TcpProxy::connections() const {
  const std::lock_guard lock(mutex_);
  return links_.size();
}

void TcpProxy::black_hole(bool now) {
  hole_ = now;
  ::eventfd_write(wake_, 1);
}

void TcpProxy::cut_all() {
  const std::lock_guard lock(mutex_);
  // The thread finds both ends closed, and lets them go.
  for (const Link& link : links_) {
    ::shutdown(link.up.from, SHUT_RDWR);
    ::shutdown(link.up.to, SHUT_RDWR);
  }
}

void TcpProxy::cut_quietest() {
  const std::lock_guard lock(mutex_);
  const auto quietest =
      std::ranges::min_element(links_, {}, [](const Link& link) { return link.up.passed; });
  if (quietest == links_.end()) throw std::runtime_error("nobody is connected");
  // The thread finds both ends closed, and lets them go.
  ::shutdown(quietest->up.from, SHUT_RDWR);
  ::shutdown(quietest->up.to, SHUT_RDWR);
}

void TcpProxy::run() {
  while (!stopping_) {
    std::vector<pollfd> polled = interests();
    if (::poll(polled.data(), polled.size(), -1) < 0) continue;
    if (polled[1].revents != 0) {
      eventfd_t ignored = 0;
      ::eventfd_read(wake_, &ignored);
    }
    if (hole_ || polled.front().fd < 0) continue;
    const std::lock_guard lock(mutex_);
    std::size_t at = 2;
    for (auto link = links_.begin(); link != links_.end();) {
      const short up = static_cast<short>(polled[at].revents | polled[at + 1].revents);
      at += 2;
      const bool alive = pass(link->up, up) && pass(link->down, up);
      if (!alive) reset(*link);
      link = alive ? std::next(link) : links_.erase(link);
    }
    if (polled[0].revents != 0) accept_one();
  }
}

// The listener, the wake-up, then both ends of each link.
std::vector<pollfd> TcpProxy::interests() {
  const std::lock_guard lock(mutex_);
  std::vector<pollfd> polled = {{.fd = listener_, .events = POLLIN, .revents = 0},
                                {.fd = wake_, .events = POLLIN, .revents = 0}};
  if (hole_) {  // the kernel takes who connects, and they wait
    polled.front().fd = -1;
    return polled;
  }
  const auto events = [](const Way& in, const Way& out) {
    return static_cast<short>((in.waiting.size() < kWaitingMax ? POLLIN : 0) |
                              (out.waiting.empty() ? 0 : POLLOUT));
  };
  for (const Link& link : links_) {
    polled.push_back({.fd = link.up.from, .events = events(link.up, link.down), .revents = 0});
    polled.push_back({.fd = link.up.to, .events = events(link.down, link.up), .revents = 0});
  }
  return polled;
}

void TcpProxy::accept_one() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (client < 0) return;
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(target_);
  const int on = 1;
  const bool reached =
      !refusing_ && server >= 0 &&
      ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  Link link{.up = {.from = client, .to = server}, .down = {.from = server, .to = client}};
  if (!reached) return reset(link);
  ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  link.up.filter = to_target_;
  link.down.filter = filter_of_first_ ? std::exchange(filter_of_first_, nullptr) : from_target_;
  links_.push_back(std::move(link));
}

bool TcpProxy::pass(Way& way, short ready) {
  std::array<char, 65536> block;
  if ((ready & (POLLIN | POLLHUP | POLLERR)) != 0 && way.waiting.size() < kWaitingMax) {
    const auto got = ::recv(way.from, block.data(), block.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return false;
    const std::string_view bytes(block.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    way.waiting += way.filter && !bytes.empty() ? way.filter(bytes) : std::string(bytes);
  }
  if (way.waiting.empty()) return true;
  const auto sent =
      ::send(way.to, way.waiting.data(), way.waiting.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN || errno == EINTR;
  way.waiting.erase(0, static_cast<std::size_t>(sent));
  way.passed += static_cast<std::uint64_t>(sent);
  return true;
}

void TcpProxy::reset(const Link& link) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  for (const int end : {link.up.from, link.up.to}) {
    if (end < 0) continue;
    ::setsockopt(end, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(end);
  }
}

}  // namespace kith::test
