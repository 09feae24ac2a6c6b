#include "tests/redis/fake_redis.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "tests/support/listen.h"

namespace kith::test {

FakeRedis::FakeRedis(Script script) : script_(std::move(script)) {
  const Listening listening = listen_on_loopback();
  listener_ = listening.fd;
  port_ = listening.port;
  if (::pipe2(stop_, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  thread_ = std::thread([this] { serve(); });
}

FakeRedis::~FakeRedis() {
  ::close(stop_[1]);
  thread_.join();
  ::close(stop_[0]);
  ::close(listener_);
}

void FakeRedis::serve() {
  std::vector<pollfd> entries = {{stop_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
  std::array<char, 64 * 1024> bytes;
  while (::poll(entries.data(), entries.size(), -1) > 0 && entries[0].revents == 0) {
    for (std::size_t i = 2; i < entries.size(); ++i) {
      if (entries[i].revents == 0) continue;
      const ssize_t count = ::recv(entries[i].fd, bytes.data(), bytes.size(), 0);
      if (count <= 0) {
        ::close(entries[i].fd);
        entries[i].fd = -1;
        continue;
      }
      const std::string answer = script_({bytes.data(), static_cast<std::size_t>(count)});
      // A peer that has hung up is seen at the next look.
      [[maybe_unused]] const ssize_t sent =
          ::send(entries[i].fd, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    std::erase_if(entries, [](const pollfd& entry) { return entry.fd < 0; });
    if (entries[1].revents == 0) continue;
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    ++connections_;
    entries.push_back({fd, POLLIN, 0});
  }
  for (std::size_t i = 2; i < entries.size(); ++i) ::close(entries[i].fd);
}

}  // namespace kith::test
