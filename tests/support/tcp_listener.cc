#include "tests/support/tcp_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace kith::test {

bool Conversation::more() {
  char chunk[4096];
  const ssize_t count =
      tls_ ? SSL_read(tls_.get(), chunk, sizeof chunk) : ::recv(fd_, chunk, sizeof chunk, 0);
  if (count <= 0) return false;
  read_.append(chunk, static_cast<std::size_t>(count));
  return true;
}

std::optional<std::string> Conversation::line() {
  for (;;) {
    const auto end = read_.find('\n');
    if (end != std::string::npos) {
      std::string out = read_.substr(0, end);
      read_.erase(0, end + 1);
      if (out.ends_with('\r')) out.pop_back();
      return out;
    }
    if (!more()) return std::nullopt;
  }
}

std::optional<std::string> Conversation::bytes(std::size_t count) {
  while (read_.size() < count) {
    if (!more()) return std::nullopt;
  }
  std::string out = read_.substr(0, count);
  read_.erase(0, count);
  return out;
}

void Conversation::say(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = tls_ ? SSL_write(tls_.get(), text.data(), static_cast<int>(text.size()))
                               : ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // the peer has gone: the next read says so
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Conversation::wait_for_close() {
  while (more()) {
  }
}

bool Conversation::start_tls(const TlsServer& server) {
  read_.clear();
  tls_ = server.accept(fd_);
  return tls_ != nullptr;
}

TcpListener::TcpListener(std::function<void(Conversation&)> talk) : talk_(std::move(talk)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* bound = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || ::bind(listener_, bound, size) != 0 || ::listen(listener_, SOMAXCONN) != 0 ||
      ::getsockname(listener_, bound, &size) != 0) {
    throw std::runtime_error(std::string("listener: ") + std::strerror(errno));
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { accept(); });
}

TcpListener::~TcpListener() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  thread_.join();
  for (std::thread& talk : talks_) talk.join();
  ::close(listener_);
}

void TcpListener::accept() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (stopping_ || fd < 0) {
      if (fd >= 0) ::close(fd);
      if (stopping_) return;
      continue;
    }
    open_.push_back(fd);
    talks_.emplace_back([this, fd] {
      {
        Conversation conversation(fd);
        talk_(conversation);
      }
      const std::lock_guard guard(mutex_);
      std::erase(open_, fd);
      ::close(fd);
    });
  }
}

}  // namespace kith::test
