#include "tests/support/resp_proxy.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "storage/redis_reply_reader.h"
#include "tests/support/listen.h"
#include "tests/support/socket.h"

namespace kith::test {

namespace {

constexpr std::size_t kReplyBytesMax = 64 * 1024 * 1024;

void append_reply(std::string& out, const redisReply& reply) {
  const std::string text(text_of(reply));
  switch (reply.type) {
    case REDIS_REPLY_STRING:
      out += "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
      return;
    case REDIS_REPLY_STATUS:
      out += "+" + text + "\r\n";
      return;
    case REDIS_REPLY_ERROR:
      out += "-" + text + "\r\n";
      return;
    case REDIS_REPLY_INTEGER:
      out += ":" + std::to_string(reply.integer) + "\r\n";
      return;
    case REDIS_REPLY_ARRAY:
      out += "*" + std::to_string(reply.elements) + "\r\n";
      for (std::size_t i = 0; i < reply.elements; ++i) append_reply(out, *reply.element[i]);
      return;
    default:
      out += "$-1\r\n";
      return;
  }
}

bool is_event(const redisReply& reply) {
  return reply.type == REDIS_REPLY_ARRAY && reply.elements == 3 &&
         text_of(*reply.element[0]) == "message" &&
         !text_of(*reply.element[1]).starts_with("kith:node:");
}

// All of it, waiting where the peer is slow. False: the peer has gone.
bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

struct RespProxy::Pair {
  ~Pair() { ::close(node); }
  int node = -1;
  Socket redis;
  RedisReplyReader replies{kReplyBytesMax};
  std::vector<std::string> held;
  std::string out;  // to the node
};

RespProxy::RespProxy(std::uint16_t redis_port, RespFaults faults)
    : redis_port_(redis_port), faults_(faults) {
  const Listening listening = listen_on_loopback();
  listener_ = listening.fd;
  port_ = listening.port;
  if (::pipe2(stop_, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  thread_ = std::thread([this] { serve(); });
}

RespProxy::~RespProxy() {
  ::close(stop_[1]);
  thread_.join();
  ::close(stop_[0]);
  ::close(listener_);
}

void RespProxy::set(RespFaults faults) {
  const std::lock_guard lock(mutex_);
  faults_ = faults;
}

void RespProxy::accept() {
  const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return;
  auto pair = std::make_unique<Pair>();
  pair->node = fd;
  try {
    pair->redis = Socket(redis_port_);
    pairs_.push_back(std::move(pair));
  } catch (const std::runtime_error&) {
    // Redis is not there: the node is hung up on.
  }
}

bool RespProxy::to_redis(Pair& pair) {
  std::array<char, 64 * 1024> bytes;
  const ssize_t count = ::recv(pair.node, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  pair.redis.send({bytes.data(), static_cast<std::size_t>(count)}, Clock::now() + kPatience);
  return true;
}

bool RespProxy::to_node(Pair& pair) {
  std::string bytes;
  if (!pair.redis.receive(bytes, Clock::now() + kPatience)) return false;
  return pair.replies.feed(bytes, [&](const redisReply& reply) {
    std::string encoded;
    append_reply(encoded, reply);
    if (is_event(reply)) {
      on_message(pair, std::move(encoded));
    } else {
      pair.out += encoded;
    }
    return true;
  });
}

void RespProxy::on_message(Pair& pair, std::string bytes) {
  RespFaults faults;
  {
    const std::lock_guard lock(mutex_);
    faults = faults_;
  }
  if (random_() % 1000 < faults.lose) {
    ++lost_;
    return;
  }
  if (random_() % 1000 < faults.repeat) {
    ++repeated_;
    pair.held.push_back(bytes);
  }
  pair.held.push_back(std::move(bytes));
  release(pair, faults.shuffle);
}

void RespProxy::release(Pair& pair, std::size_t keep) {
  while (pair.held.size() > keep) {
    const auto at = pair.held.begin() +
                    static_cast<std::ptrdiff_t>(keep == 0 ? 0 : random_() % pair.held.size());
    pair.out += *at;
    pair.held.erase(at);
  }
}

void RespProxy::serve() {
  while (true) {
    std::vector<pollfd> entries = {{stop_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const auto& pair : pairs_) entries.push_back({pair->node, POLLIN, 0});
    const int ready = ::poll(entries.data(), entries.size(), 2);
    if (entries[0].revents != 0) break;
    const bool quiet = ready == 0;
    const std::size_t known = pairs_.size();
    if (entries[1].revents != 0) accept();
    for (std::size_t i = 0; i < known; ++i) {
      Pair& pair = *pairs_[i];
      bool alive = true;
      try {
        if (entries[2 + i].revents != 0) alive = to_redis(pair);
        const bool news = alive && pair.redis.readable();
        if (news) alive = to_node(pair);
        if (quiet && !news) release(pair, 0);
        if (alive && !pair.out.empty()) alive = send_all(pair.node, pair.out);
      } catch (const std::runtime_error&) {
        alive = false;
      }
      pair.out.clear();
      if (!alive) pairs_[i].reset();
    }
    std::erase(pairs_, nullptr);
  }
  pairs_.clear();
}

}  // namespace kith::test
