#include "bench/limit/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace kith::limit {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kLength = "\r\ncontent-length:";
constexpr auto kDrain = std::chrono::seconds(10);

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct Descriptor {
  explicit Descriptor(int value) : value(value) {}
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int value;
};

// The bytes of a whole answer with its head; none: it is not whole yet.
std::optional<std::size_t> whole_answer(std::string_view text, std::int64_t& body_bytes) {
  const auto end = text.find(kHeadEnd);
  if (end == std::string_view::npos) return std::nullopt;
  if (!text.starts_with("HTTP/1.1 200 ")) {
    throw std::runtime_error("an answer that is not 200: " +
                             std::string(text.substr(0, text.find('\r'))));
  }
  const std::string_view head = text.substr(0, end + 2);
  for (auto line = head.find("\r\n"); line != std::string_view::npos;
       line = head.find("\r\n", line + 2)) {
    if (head.size() - line < kLength.size() ||
        ::strncasecmp(head.data() + line, kLength.data(), kLength.size()) != 0) {
      continue;
    }
    const char* from = head.data() + line + kLength.size();
    while (*from == ' ') ++from;
    std::size_t length = 0;
    std::from_chars(from, head.data() + head.size(), length);
    if (text.size() < end + kHeadEnd.size() + length) return std::nullopt;
    body_bytes = static_cast<std::int64_t>(length);
    return end + kHeadEnd.size() + length;
  }
  throw std::runtime_error("an answer without a Content-Length");
}

class Client {
 public:
  explicit Client(const HttpOptions& options)
      : options_(options), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (poll_.value < 0) fail("epoll_create1");
    request_ = "GET " + options.path +
               " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(options.port) + "\r\n";
    if (!options.token.empty()) request_ += "Authorization: Bearer " + options.token + "\r\n";
    request_ += "\r\n";
    for (int i = 0; i < options.connections; ++i) connect();
  }

  HttpFigures run() {
    start_ = Clock::now();
    end_ = start_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(options_.seconds));
    for (auto& connection : connections_) idle_.push_back(connection.get());
    for (auto now = start_; now < end_ || under_way_ > 0; now = Clock::now()) {
      if (now > end_ + kDrain) throw std::runtime_error("answers did not come");
      send_due(now);
      wait(now);
    }
    const std::chrono::duration<double> took = Clock::now() - start_;
    figures_.requests = static_cast<std::int64_t>(figures_.latencies_us.size());
    figures_.per_s = static_cast<double>(figures_.requests) / took.count();
    return std::move(figures_);
  }

 private:
  struct Connection {
    explicit Connection(int descriptor) : socket(descriptor) {}
    Descriptor socket;
    std::string unread;
    Clock::time_point due;
  };

  void connect() {
    auto connection =
        std::make_unique<Connection>(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int handle = connection->socket.value;
    if (handle < 0) fail("socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(options_.port);
    if (::connect(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      fail("connect");
    }
    const int on = 1;
    ::setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = connection.get()}};
    if (::epoll_ctl(poll_.value, EPOLL_CTL_ADD, handle, &event) != 0) fail("epoll_ctl");
    connections_.push_back(std::move(connection));
  }

  Clock::time_point next_due() const {
    return start_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(static_cast<double>(sent_) / options_.rate));
  }

  void send_due(Clock::time_point now) {
    while (!idle_.empty()) {
      const auto due = options_.rate > 0 ? next_due() : now;
      if (due > now || due >= end_) return;
      Connection& connection = *idle_.front();
      idle_.pop_front();
      connection.due = due;
      const auto sent =
          ::send(connection.socket.value, request_.data(), request_.size(), MSG_NOSIGNAL);
      if (sent != static_cast<ssize_t>(request_.size())) fail("send");
      ++sent_;
      ++under_way_;
    }
  }

  void wait(Clock::time_point now) {
    std::array<epoll_event, 64> events{};
    int patience_ms = 10;
    if (options_.rate > 0 && !idle_.empty()) {
      const auto left = std::chrono::floor<std::chrono::milliseconds>(next_due() - now);
      patience_ms = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 10));
    }
    const int count =
        ::epoll_wait(poll_.value, events.data(), static_cast<int>(events.size()), patience_ms);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < count; ++i) {
      take(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
    }
  }

  void take(Connection& connection) {
    const auto got = ::recv(connection.socket.value, block_.data(), block_.size(), MSG_DONTWAIT);
    if (got == 0) throw std::runtime_error("the server closed a connection");
    if (got < 0) {
      if (errno == EAGAIN || errno == EINTR) return;
      fail("recv");
    }
    connection.unread.append(block_.data(), static_cast<std::size_t>(got));
    const auto whole = whole_answer(connection.unread, figures_.body_bytes);
    if (!whole) return;
    connection.unread.erase(0, *whole);
    const std::chrono::duration<double, std::micro> latency = Clock::now() - connection.due;
    figures_.latencies_us.push_back(latency.count());
    --under_way_;
    idle_.push_back(&connection);
  }

  const HttpOptions& options_;
  Descriptor poll_;
  std::string request_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<Connection*> idle_;
  std::array<char, 65536> block_{};
  Clock::time_point start_;
  Clock::time_point end_;
  std::int64_t sent_ = 0;
  int under_way_ = 0;
  HttpFigures figures_;
};

}  // namespace

HttpFigures run_http_client(const HttpOptions& options) {
  return Client(options).run();
}

}  // namespace kith::limit
