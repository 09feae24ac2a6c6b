// The connection: sockets, bytes, how fast they are read, when it comes back.
#include "tests/chaos/chaos_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "tests/chaos/crowd.h"

namespace kith::test {

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr int kReadsAtOnce = 8;
constexpr auto kFirstWait = 300ms;  // before coming back, where nobody named a time

// None, and what is no number: 0.
std::chrono::seconds retry_after_of(const std::string& head) {
  constexpr std::string_view kName = "\r\nRetry-After: ";
  const auto field = head.find(kName);
  if (field == std::string::npos) return 0s;
  return std::chrono::seconds(std::strtol(head.c_str() + field + kName.size(), nullptr, 10));
}

}  // namespace

ChaosClient::ChaosClient(Crowd& crowd, ChaosOptions options)
    : crowd_(crowd), options_(std::move(options)) {}

ChaosClient::~ChaosClient() {
  if (fd_ >= 0) ::close(fd_);
}

void ChaosClient::connect() {
  back_at_.reset();
  if (state_ != State::closed) return;
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0) throw std::runtime_error("no socket: out of descriptors?");
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (options_.receive_buffer_bytes > 0) {
    const int bytes = options_.receive_buffer_bytes;
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(crowd_.options_.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int done = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  epoll_event event{.events = 0, .data = {.ptr = this}};
  ::epoll_ctl(crowd_.epoll_, EPOLL_CTL_ADD, fd_, &event);
  watched_ = 0;
  state_ = State::connecting;
  if (done != 0 && errno != EINPROGRESS) {
    went(kFirstWait);
    return;
  }
  watch();
}

void ChaosClient::cut() {
  close_socket(true);
  if (state_ == State::closed) return;
  went(kFirstWait);
}

void ChaosClient::close_socket(bool reset) {
  if (fd_ < 0) return;
  if (reset) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  ::close(std::exchange(fd_, -1));
}

void ChaosClient::went(std::chrono::milliseconds wait) {
  close_socket(false);
  state_ = State::closed;
  live_since_ = Clock::time_point::max();
  out_.clear();
  in_.clear();
  awaited_.clear();
  present_.clear();
  for (auto& [id, message] : outgoing_) {
    if (message.op_id.empty()) continue;
    Record lost = record(Kind::Unknown);
    lost.op = "send";
    lost.op_id = std::exchange(message.op_id, {});
    note(std::move(lost));
  }
  if (std::exchange(connected_, false)) note(record(Kind::Disconnect));
  if (!options_.come_back) return;
  // A time that the server names is spread already.
  const bool told = told_wait_ >= 0ms;
  if (told) wait = std::exchange(told_wait_, -1ms);
  back_at_ = Clock::now() + wait + crowd_.jitter(told ? 50ms : kFirstWait);
}

void ChaosClient::read_at(std::optional<std::size_t> bytes_per_second) {
  options_.read_bytes_per_second = bytes_per_second;
  if (!bytes_per_second && options_.receive_buffer_bytes > 0 && fd_ >= 0) {
    // Who reads as fast as it can is no longer somebody with a small window.
    const int bytes = 256 * 1024;
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  allowance_ = 0;
  watch();
}

void ChaosClient::watch() {
  if (fd_ < 0) return;
  const bool may_read = !options_.read_bytes_per_second || state_ != State::live || allowance_ >= 1;
  const bool wants_out = state_ == State::connecting || !out_.empty();
  const std::uint32_t wanted = (may_read ? EPOLLIN : 0U) | (wants_out ? EPOLLOUT : 0U);
  if (wanted == watched_) return;
  watched_ = wanted;
  epoll_event event{.events = wanted, .data = {.ptr = this}};
  ::epoll_ctl(crowd_.epoll_, EPOLL_CTL_MOD, fd_, &event);
}

void ChaosClient::on_ready(std::uint32_t events) {
  if (fd_ < 0) return;
  if (state_ == State::connecting && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      went(kFirstWait);
      return;
    }
    state_ = State::upgrading;
    out_ =
        "GET /ws HTTP/1.1\r\nHost: kith\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  }
  flush();
  const bool reads = (watched_ & EPOLLIN) != 0;
  if (fd_ >= 0 && reads && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) {
    read_some();
  } else if (fd_ >= 0 && (events & EPOLLERR) != 0) {
    ++counts_.ended;  // reset, and it would not have read that
    went(kFirstWait);
  }
  watch();
}

void ChaosClient::flush() {
  while (fd_ >= 0 && !out_.empty()) {
    const ssize_t sent = ::send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) return;  // full; or broken, which reading will show
    out_.erase(0, static_cast<std::size_t>(sent));
  }
}

void ChaosClient::read_some() {
  std::array<char, kReadBytes> bytes;
  for (int i = 0; i < kReadsAtOnce && fd_ >= 0; ++i) {
    std::size_t room = bytes.size();
    const bool slow = options_.read_bytes_per_second && state_ == State::live;
    if (slow) room = std::min(room, static_cast<std::size_t>(allowance_));
    if (room == 0) return;
    const ssize_t got = ::recv(fd_, bytes.data(), room, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      ++counts_.ended;
      went(kFirstWait);
      return;
    }
    if (slow) allowance_ -= static_cast<double>(got);
    in_.feed({bytes.data(), static_cast<std::size_t>(got)});
    if (state_ == State::upgrading && !take_head()) return;
    take_frames();
    if (static_cast<std::size_t>(got) < room) return;
  }
}

// False: there is no socket to go on with yet.
bool ChaosClient::take_head() {
  const auto head = in_.take_http_head();
  if (!head) return false;
  if (head->starts_with("HTTP/1.1 101 ")) {
    state_ = State::opening;
    std::string init = R"({"type":"connection.init","token":")" + options_.token + '"';
    if (!epoch_.empty()) init += R"(,"epoch":")" + epoch_ + '"';
    std::string resume;
    for (const auto& [chat, seq] : positions_) {
      resume += (resume.empty() ? "\"" : ",\"") + chat + "\":" + std::to_string(seq);
      awaited_[chat].from = seq;
    }
    if (!resume.empty()) init += R"(,"resume":{)" + resume + "}";
    send_text(init + "}");
    return true;
  }
  std::chrono::milliseconds wait = 1s;
  if (head->starts_with("HTTP/1.1 503 ")) {
    ++counts_.refused_handshakes;
    const std::chrono::seconds told = retry_after_of(*head);
    if (told >= 1s) {
      wait = told;
    } else {
      ++counts_.refused_untimed;
    }
  } else {
    ++counts_.errors["handshake " + head->substr(9, 3)];
  }
  went(wait);
  return false;
}

void ChaosClient::send_text(std::string_view json) {
  append_client_frame(out_, FrameKind::text, json);
  flush();
  watch();
}

void ChaosClient::tick(Clock::time_point now) {
  const std::chrono::duration<double> passed = now - std::exchange(last_tick_, now);
  if (state_ == State::closed) {
    if (back_at_ && now >= *back_at_) connect();
    return;
  }
  if (options_.read_bytes_per_second && state_ == State::live) {
    const double rate = static_cast<double>(*options_.read_bytes_per_second);
    allowance_ = std::min(allowance_ + rate * std::min(passed.count(), 1.0), rate);
    watch();
  }
  if (state_ != State::live) return;
  for (auto& [id, message] : outgoing_) {
    if (message.op_id.empty() && now >= message.retry_at) attempt(id, message);
  }
  if (options_.send_every <= 0ms || now < next_send_) return;
  // At a random place of its interval at first, so that not all speak at once.
  const bool first = next_send_ == Clock::time_point{};
  next_send_ = now + options_.send_every;
  if (first) {
    next_send_ = now + crowd_.jitter(options_.send_every);
  } else {
    say(0, options_.message_bytes);
  }
}

bool ChaosClient::reached(const std::map<std::string, std::uint64_t>& heads) const {
  if (!live() || !outgoing_.empty()) return false;
  return std::ranges::all_of(options_.chats, [&](const std::string& chat) {
    const auto head = heads.find(chat);
    return head == heads.end() || position(chat) >= head->second;
  });
}

std::uint64_t ChaosClient::position(const std::string& chat) const {
  const auto found = positions_.find(chat);
  return found == positions_.end() ? 0 : found->second;
}

}  // namespace kith::test
