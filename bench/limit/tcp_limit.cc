#include "bench/limit/tcp_limit.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace kith::limit {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr int kEventsPerTurn = 1024;
constexpr int kBacklog = 4096;

volatile sig_atomic_t stopped = 0;

std::system_error failed(const char* what) {
  return {errno, std::generic_category(), what};
}

}  // namespace

TcpLimit::TcpLimit(std::uint16_t port) : buffer_(kReadBytes) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener_ < 0) throw failed("socket");
  const int one = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw failed("bind");
  }
  if (::listen(listener_, kBacklog) != 0) throw failed("listen");
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) throw failed("epoll_create1");
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event) != 0) throw failed("epoll_ctl");
}

TcpLimit::~TcpLimit() {
  for (const auto& [socket, connection] : connections_) ::close(socket);
  if (epoll_ >= 0) ::close(epoll_);
  if (listener_ >= 0) ::close(listener_);
}

void TcpLimit::run() {
  struct sigaction action {};
  action.sa_handler = [](int) { stopped = 1; };
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  // Only epoll_pwait lets them in, so none comes between the look at `stopped` and the wait.
  sigset_t held;
  sigset_t usual;
  sigemptyset(&held);
  sigaddset(&held, SIGTERM);
  sigaddset(&held, SIGINT);
  ::sigprocmask(SIG_BLOCK, &held, &usual);
  std::array<epoll_event, kEventsPerTurn> events{};
  while (stopped == 0) {
    const int count = ::epoll_pwait(epoll_, events.data(), kEventsPerTurn, -1, &usual);
    if (count < 0 && errno != EINTR) throw failed("epoll_wait");
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      auto* connection = static_cast<Connection*>(event.data.ptr);
      if (connection == nullptr) {
        accept_all();
      } else {
        on_event(*connection, event.events);
      }
    }
    end_turn();
  }
}

void TcpLimit::accept_all() {
  const int one = 1;
  int socket = -1;
  while ((socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    auto connection = std::make_unique<Connection>();
    connection->socket = socket;
    watch(*connection, EPOLL_CTL_ADD);
    connections_.emplace(socket, std::move(connection));
  }
  if (errno == EMFILE) throw failed("accept");
}

void TcpLimit::on_event(Connection& connection, std::uint32_t events) {
  if ((events & EPOLLOUT) != 0 && connection.waiting && !connection.closing) {
    connection.waiting = false;
    watch(connection, EPOLL_CTL_MOD);
    send(connection);
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !connection.closing) read(connection);
}

void TcpLimit::copy_chunk(Connection& connection, Channel& channel) {
  mark(connection);
  if (connection.own.empty()) {
    connection.out += channel.chunk;
    return;
  }
  std::size_t at = 0;
  for (const Own& own : connection.own) {
    if (own.channel != &channel) continue;
    connection.out.append(channel.chunk, at, own.begin - at);
    connection.out += own.ack;
    at = own.end;
  }
  connection.out.append(channel.chunk, at);
  std::erase_if(connection.own, [&](const Own& own) { return own.channel == &channel; });
}

void TcpLimit::end_turn() {
  for (Channel* channel : spoken_) {
    for (Connection* member : channel->members) copy_chunk(*member, *channel);
    channel->chunk.clear();
  }
  spoken_.clear();
  for (Connection* connection : dirty_) {
    connection->dirty = false;
    if (!connection->waiting && !connection->closing) send(*connection);
  }
  dirty_.clear();
  for (Connection* connection : closing_) {
    for (Channel* channel : connection->channels) std::erase(channel->members, connection);
    ::close(connection->socket);
    connections_.erase(connection->socket);
  }
  closing_.clear();
}

void TcpLimit::mark(Connection& connection) {
  if (connection.dirty) return;
  connection.dirty = true;
  dirty_.push_back(&connection);
}

void TcpLimit::send(Connection& connection) {
  std::string& out = connection.out;
  if (out.empty()) return;
  const ssize_t taken = ::send(connection.socket, out.data() + connection.written,
                               out.size() - connection.written, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (taken < 0 && errno != EAGAIN && errno != EINTR) return close(connection);
  connection.written += static_cast<std::size_t>(std::max<ssize_t>(taken, 0));
  if (connection.written == out.size()) {
    out.clear();
    connection.written = 0;
    return;
  }
  if (out.size() - connection.written > kWaitingBytesMax) {
    std::fputs("kith-limit: a reader is too far behind: closed\n", stderr);
    return close(connection);
  }
  if (connection.written > out.size() / 2) {
    out.erase(0, connection.written);
    connection.written = 0;
  }
  connection.waiting = true;
  watch(connection, EPOLL_CTL_MOD);
}

void TcpLimit::watch(Connection& connection, int operation) {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
  if (connection.waiting) event.events |= EPOLLOUT;
  if (::epoll_ctl(epoll_, operation, connection.socket, &event) != 0) throw failed("epoll_ctl");
}

void TcpLimit::close(Connection& connection) {
  if (connection.closing) return;
  connection.closing = true;
  closing_.push_back(&connection);
}

std::string_view TcpLimit::now() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
  const std::int64_t ms = std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
  if (ms == now_ms_) return now_text_;
  now_ms_ = ms;
  tm parts{};
  ::gmtime_r(&time.tv_sec, &parts);
  std::array<char, 32> text{};
  const std::size_t length = ::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.", &parts);
  now_text_.assign(text.data(), length);
  const std::string fraction = std::to_string(ms % 1000 + 1000);
  now_text_ += fraction.substr(1);
  now_text_ += 'Z';
  return now_text_;
}

}  // namespace kith::limit
